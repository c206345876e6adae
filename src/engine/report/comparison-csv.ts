import type { Deployment } from '../../protocol/deployments.ts';
import type { ComparedRun, RunComparison } from '../../protocol/runs-comparison.ts';
import { bestOf } from './stages.ts';

interface Line {
  readonly run: ComparedRun;
  /** The board whose figures stand in it. */
  readonly on?: Deployment;
}

/**
 * Several runs as a table for other programs (RFC 4180: commas, quotes doubled, CRLF), one row a run, or one for each board that its result was
 * measured on; figures in plain units: bytes, counts, milliseconds, the metric's own. Columns `board_…` are measured there, all others here.
 */
export function comparisonCsv({ runs, axes, boards }: RunComparison): string {
  const costs = axes
    .filter(({ id }) => !id.startsWith('board-'))
    .flatMap(({ id, kind }) => {
      const name = kind === 'milliseconds' ? `${id}_ms` : id;
      return [
        { title: `${name}_before`, value: ({ costs: all }: ComparedRun) => all[id]?.before },
        { title: name, value: ({ costs: all }: ComparedRun) => all[id]?.after },
      ];
    });
  const ofRuns: readonly { title: string; value: (run: ComparedRun) => string | number | undefined }[] = [
    { title: 'run', value: ({ name }) => name },
    { title: 'folder', value: ({ folder }) => folder },
    { title: 'status', value: ({ status }) => status },
    { title: 'started', value: ({ started }) => started },
    { title: 'model', value: ({ model }) => model },
    { title: 'method', value: ({ method }) => method },
    { title: 'target', value: ({ target }) => target },
    { title: 'metric', value: ({ metrics }) => metrics?.after.metric },
    { title: 'unit', value: ({ metrics }) => metrics?.after.unit },
    { title: 'samples', value: ({ metrics }) => metrics?.after.samples },
    { title: 'value_before', value: ({ metrics }) => metrics?.before.value },
    { title: 'value', value: ({ metrics }) => metrics?.after.value },
    { title: 'value_low_95', value: ({ metrics }) => metrics?.after.confidence[0] },
    { title: 'value_high_95', value: ({ metrics }) => metrics?.after.confidence[1] },
    ...(runs.some(({ metrics }) => metrics?.after.boxes) ? ofBoxes : []),
    ...costs,
  ];
  const rows = runs.flatMap((run, at): Line[] => {
    const measured = boards?.rows.filter((row) => row.run === at) ?? [];
    return measured.length ? measured.map(({ deployment }) => ({ run, on: deployment })) : [{ run }];
  });
  const columns = [
    ...ofRuns.map(({ title, value }) => ({ title, value: ({ run }: Line) => value(run) })),
    ...(boards ? ofBoards.map(({ title, value }) => ({ title, value: ({ on }: Line) => on && value(on) })) : []),
  ];
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => cell(value(row))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

const ofBoxes: readonly { title: string; value: (run: ComparedRun) => number | undefined }[] = [
  { title: 'boxes_found', value: ({ metrics }) => metrics?.after.boxes?.found },
  { title: 'boxes_false', value: ({ metrics }) => metrics?.after.boxes?.false },
  { title: 'boxes_total', value: ({ metrics }) => metrics?.after.boxes?.total },
];

const ofBoards: readonly { title: string; value: (on: Deployment) => string | number | undefined }[] = [
  { title: 'board_target', value: ({ target }) => target },
  { title: 'board_host', value: ({ host }) => host },
  { title: 'board', value: ({ board }) => board },
  { title: 'board_measured', value: ({ measured }) => measured },
  { title: 'board_metric', value: ({ metrics }) => metrics.board?.metric },
  { title: 'board_samples', value: ({ metrics }) => metrics.board?.samples },
  { title: 'board_value', value: ({ metrics }) => metrics.board?.value },
  { title: 'board_value_low_95', value: ({ metrics }) => metrics.board?.confidence[0] },
  { title: 'board_value_high_95', value: ({ metrics }) => metrics.board?.confidence[1] },
  { title: 'board_bytes', value: ({ bytes }) => bytes },
  { title: 'board_macs', value: ({ macs }) => macs },
  { title: 'board_accelerator_macs', value: ({ acceleratorMacs }) => acceleratorMacs },
  { title: 'board_subgraphs', value: ({ subgraphs }) => subgraphs?.total },
  { title: 'board_accelerator_subgraphs', value: ({ subgraphs }) => subgraphs?.accelerator },
  { title: 'board_latency_ms', value: ({ latencyMs }) => latencyMs?.median },
  { title: 'board_latency_p90_ms', value: ({ latencyMs }) => latencyMs?.p90 },
  { title: 'board_fps', value: ({ fps }) => bestOf(fps)?.fps },
  { title: 'board_fps_threads', value: ({ fps }) => bestOf(fps)?.threads },
  { title: 'board_watts', value: ({ power }) => power?.watts },
  { title: 'board_idle_watts', value: ({ power }) => power?.idleWatts },
  { title: 'board_joules_per_picture', value: ({ power }) => power?.joulesPerPicture },
  { title: 'board_output_elements', value: ({ outputsMatch }) => outputsMatch?.elements },
  { title: 'board_output_elements_equal', value: ({ outputsMatch }) => outputsMatch?.equal },
];

/** Spreadsheets run a text that begins like a formula: an apostrophe before it keeps it text. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
