import type { Deployment, StageCell, StageKind, StageTable } from '../../protocol/deployments.ts';
import type { ModelSummary } from '../../protocol/results/run.ts';
import type { RunMeasurement, RunSummary } from '../../protocol/runs.ts';
import { boxesText, bytes, count, figure, fileName, interval, metricTitle, plain } from './format.ts';

/** What is known of a run's two models, as far as stages need it. */
export type StagedRun = Pick<RunSummary, 'models' | 'metrics' | 'latencyMs' | 'machine'>;

/** One column: what a model costs and reaches, and how that was found. */
interface Stage {
  readonly kind: StageKind;
  readonly title: string;
  readonly note?: string;
  readonly model?: ModelSummary;
  readonly measured?: RunMeasurement;
  readonly latency?: { readonly median: number; readonly p90: number; readonly where: string };
  readonly deployment?: Deployment;
}

/** Rows of the table, a cell from each stage. A new figure is one entry. */
const figures: readonly { readonly title: string; readonly cell: (stage: Stage, all: readonly Stage[]) => StageCell }[] = [
  { title: 'Metric', cell: metricCell },
  { title: 'File size', cell: sizeCell },
  { title: 'MACs on the accelerator', cell: macsCell },
  { title: 'Sub-graphs', cell: ({ deployment }) => (deployment ? subgraphsCell(deployment) : none) },
  { title: 'Latency', cell: latencyCell },
  { title: 'Throughput', cell: ({ deployment }) => (deployment ? speedCell(deployment) : unmeasured()) },
  { title: 'Power', cell: ({ deployment }) => (deployment ? powerCell(deployment) : unmeasured()) },
  { title: 'Energy per picture', cell: ({ deployment }) => (deployment ? energyCell(deployment) : unmeasured()) },
  { title: 'Outputs as expected', cell: ({ deployment }) => (deployment ? matchCell(deployment) : none) },
];

const unmeasured = (note?: string): StageCell => ({ text: 'not measured', missing: true, ...(note === undefined ? {} : { note }) });
/** Where there can be no figure. */
const none: StageCell = { text: '–', missing: true };

/** Float model, result and each board side by side; undefined where the result was on no board. */
export function stageTable(run: StagedRun, deployments: readonly Deployment[]): StageTable | undefined {
  if (deployments.length === 0) return undefined;
  const stages = [...stagesHere(run, deployments), ...deployments.map(boardStage)];
  const metric = stages.find(({ measured }) => measured)?.measured?.metric;
  return {
    stages: stages.map(({ kind, title, note }) => ({ kind, title, ...(note === undefined ? {} : { note }) })),
    rows: figures.map(({ title, cell }) => ({
      title: title === 'Metric' && metric !== undefined ? metricTitle(metric) : title,
      cells: stages.map((stage) => cell(stage, stages)),
    })),
  };
}

/** The two stages on this machine. Where the run itself had no test pictures, what a deployment has measured on its own stands there. */
function stagesHere({ models, metrics, latencyMs, machine }: StagedRun, deployments: readonly Deployment[]): Stage[] {
  const [input, output] = [models.find(({ role }) => role === 'input'), models.findLast(({ role }) => role === 'output')];
  const where = latencyMs && [threadsText(latencyMs.threads), machine].filter(Boolean).join(', ');
  const timed = (side: 'before' | 'after'): Pick<Stage, 'latency'> =>
    latencyMs && where !== undefined ? { latency: { ...latencyMs[side], where } } : {};
  const known = deployments.find((one) => one.metrics.simulated)?.metrics;
  // What was simulated for another target is nothing that this board was expected to reach.
  const foreign = metrics?.after.simulated !== undefined && deployments.every((one) => one.target !== metrics.after.simulated);
  const after = foreign ? (known?.simulated ?? metrics.after) : (metrics?.after ?? known?.simulated);
  const simulated = after?.simulated !== undefined;
  const before = metrics?.before ?? known?.float;
  return [
    {
      kind: 'float',
      title: 'Float model',
      ...(input ? { model: input, note: fileName(input.path) } : {}),
      ...(before ? { measured: before } : {}),
      ...timed('before'),
    },
    {
      kind: simulated ? 'simulated' : 'here',
      title: simulated ? `Simulation of ${after.simulated}` : 'Result on this machine',
      note: simulated ? 'its arithmetic bit for bit, on this machine' : 'by ONNX Runtime',
      ...(output ? { model: output } : {}),
      ...(after ? { measured: after } : {}),
      // Times of a simulation say nothing of the board.
      ...(simulated ? {} : timed('after')),
    },
  ];
}

export const boardName = ({ target, host }: Pick<Deployment, 'target' | 'host'>): string => `${target} at ${host}`;

function boardStage(deployment: Deployment): Stage {
  const { latencyMs, board, measured, metrics } = deployment;
  const when = measured === undefined || !/^\d{4}-\d\d-\d\dT/.test(measured) ? undefined : `measured ${measured.slice(0, 10)}`;
  const note = [board, when].filter(Boolean).join('; ');
  return {
    kind: 'board',
    title: boardName(deployment),
    ...(note ? { note } : {}),
    ...(metrics.board ? { measured: metrics.board } : {}),
    ...(latencyMs ? { latency: { ...latencyMs, where: 'one picture at a time' } } : {}),
    deployment,
  };
}

const threadsText = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
const valueText = ({ value, unit }: RunMeasurement): string => `${figure(value, unit)} ${unit}`.trim();

export function metricCell(
  { measured, deployment }: Pick<Stage, 'measured' | 'deployment'>,
  all: readonly Pick<Stage, 'measured'>[],
): StageCell {
  if (!measured) return unmeasured(deployment ? undefined : 'no test pictures');
  const { samples } = measured;
  const others = all.filter((one) => one.measured && one.measured.samples !== samples);
  const { float, simulated } = deployment?.metrics ?? {};
  const same = [float && `float ${valueText(float)}`, simulated && `simulated ${valueText(simulated)}`].filter(Boolean).join(', ');
  return {
    text: valueText(measured),
    note: `${measured.boxes ? `${boxesText(measured.boxes)}; ` : ''}${samples} pictures, 95 % between ${interval(measured)}${others.length && same ? `; on the same pictures ${same}` : ''}`,
  };
}

function sizeCell({ model, deployment }: Stage): StageCell {
  const size = deployment ? deployment.bytes : model?.bytes;
  if (!size) return { text: 'not known', missing: true };
  return { text: bytes(size), note: deployment ? 'the file that runs there' : 'ONNX file' };
}

export function macsCell({ model, deployment }: Pick<Stage, 'model' | 'deployment'>): StageCell {
  const all = deployment ? deployment.macs : (model?.macs ?? undefined);
  const accelerator = deployment?.acceleratorMacs;
  // Without an accelerator there is only their sum.
  if (accelerator === undefined)
    return all === undefined ? { text: 'not known', missing: true } : { ...none, note: `${count(all)} in all` };
  if (accelerator === 0) return { text: 'none', note: all === undefined ? 'all on the CPU' : `all ${count(all)} on the CPU` };
  return all
    ? { text: `${((100 * accelerator) / all).toFixed(1)} %`, note: `${count(accelerator)} of ${count(all)}` }
    : { text: count(accelerator) };
}

export function subgraphsCell({ subgraphs }: Deployment): StageCell {
  if (!subgraphs) return { text: 'not known', missing: true };
  return { text: String(subgraphs.accelerator), note: `on the accelerator, ${subgraphs.total} in all` };
}

export function latencyCell({ latency, kind }: Pick<Stage, 'latency' | 'kind'>): StageCell {
  if (!latency) return unmeasured(kind === 'simulated' ? 'a simulation has no speed of its own' : undefined);
  const { median, p90, where } = latency;
  return { text: `${plain(median)} ms`, note: `median; 90 % within ${plain(p90)} ms; ${where}` };
}

export function speedCell({ fps }: Deployment): StageCell {
  const best = bestOf(fps);
  if (!best) return unmeasured();
  const others = fps.filter((one) => one !== best).map((one) => `${plain(one.fps)} with ${threadsText(one.threads)}`);
  return { text: `${plain(best.fps)} FPS`, note: [`with ${threadsText(best.threads)}`, ...others].join('; ') };
}

export const bestOf = (fps: Deployment['fps']): Deployment['fps'][number] | undefined =>
  fps.reduce<Deployment['fps'][number] | undefined>((best, one) => (best && best.fps >= one.fps ? best : one), undefined);

export function powerCell({ power }: Deployment): StageCell {
  if (!power) return unmeasured();
  return { text: `${plain(power.watts)} W`, note: [`idle ${plain(power.idleWatts)} W`, power.source].filter(Boolean).join('; ') };
}

export function energyCell({ power }: Deployment): StageCell {
  if (!power) return unmeasured();
  const { joulesPerPicture, threads } = power;
  if (joulesPerPicture === undefined) return { text: 'not known', missing: true, note: 'no more power than idle was seen' };
  return { text: energyText(joulesPerPicture), note: `above idle${threads === undefined ? '' : `, ${threadsText(threads)}`}` };
}

/** "18.1 mJ". */
export const energyText = (joules: number): string => (joules < 0.1 ? `${plain(joules * 1000)} mJ` : `${plain(joules)} J`);

export function matchCell({ outputsMatch, metrics }: Deployment): StageCell {
  if (!outputsMatch) return { text: 'not compared', missing: true };
  const { pictures, elements, equal, maxAbs, maxSteps } = outputsMatch;
  const expected = metrics.simulated && (metrics.simulated.simulated === undefined ? 'as ONNX Runtime here' : 'as simulated');
  const on = [expected, `${pictures} pictures, ${count(elements)} elements`].filter(Boolean).join('; ');
  if (equal === elements) return { text: 'all equal', note: on };
  // Never rounded up to all of them.
  const share = (Math.floor((equal / elements) * 1e5) / 1e3).toFixed(3);
  const steps = maxSteps === undefined ? '' : `, ${plain(maxSteps)} ${maxSteps === 1 ? 'step' : 'steps'}`;
  return { text: `${share} % equal`, note: `${on}; largest difference ${plain(maxAbs)}${steps}` };
}
