import type { ComparedRun, RunComparison } from '../../protocol/runs-comparison.ts';

/**
 * Several runs as a table for other programs (RFC 4180: commas, quotes doubled, CRLF), one row a run, figures in plain units: bytes, counts,
 * milliseconds, the metric's own.
 */
export function comparisonCsv({ runs, axes }: RunComparison): string {
  const costs = axes.flatMap(({ id, kind }) => {
    const name = kind === 'milliseconds' ? `${id}_ms` : id;
    return [
      { title: `${name}_before`, value: ({ costs: all }: ComparedRun) => all[id]?.before },
      { title: name, value: ({ costs: all }: ComparedRun) => all[id]?.after },
    ];
  });
  const columns: readonly { title: string; value: (run: ComparedRun) => string | number | undefined }[] = [
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
    ...costs,
  ];
  const lines = [columns.map(({ title }) => title), ...runs.map((run) => columns.map(({ value }) => cell(value(run))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** Spreadsheets run a text that begins like a formula: an apostrophe before it keeps it text. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
