import type { Measurement, ModelSummary } from '../../protocol/results.ts';
import { bytes, count, figure, interval, metricTitle } from './format.ts';
import { html, type Html } from './html-text.ts';
import { scatterPicture } from './scatter.ts';
import { inputModel, outputModel } from './summary.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

/** Several runs: a table, and size against the metric with the runs that no other beats in both. */
export function runsSection(runs: readonly ReportData[]): Html {
  const value = (one: Measurement | undefined): string => (one ? `${figure(one.value, one.unit)} ${one.unit}` : '');
  return html`${table('Runs', runs, [
    {
      title: 'Run',
      kind: 'name',
      cell: ({ name, result }) =>
        html`${name}
          <div class="soft small">${result.run}</div>`,
    },
    { title: 'Steps', cell: ({ result }) => result.steps.map(({ step }) => step).join(', ') },
    { title: 'Target', cell: ({ target }) => target },
    { title: 'Before', number: true, cell: ({ result }) => sized(inputModel(result)) },
    { title: 'After', number: true, cell: ({ result }) => sized(outputModel(result)) },
    { title: 'MACs', number: true, cell: ({ result }) => count(outputModel(result)?.macs) },
    { title: 'Before', number: true, cell: ({ result }) => value(result.metrics?.before) },
    { title: 'After', number: true, cell: ({ result }) => value(result.metrics?.after) },
    { title: 'Metric, 95 % interval', kind: 'small', cell: ({ result }) => measured(result.metrics?.after) },
  ])}
  ${groups(runs).map(scatter)}`;
}

const sized = (model: ModelSummary | undefined): string => (model ? bytes(model.bytes) : '');
const measured = (after: Measurement | undefined): string =>
  after ? `${metricTitle(after.metric)}, ${after.samples} samples, between ${interval(after)}` : 'not measured';

interface Point {
  readonly name: string;
  readonly size: number;
  readonly metric: Measurement;
  readonly isInput: boolean;
}

/** Runs with the same metric go into one picture, with the models they began with. */
function groups(runs: readonly ReportData[]): Point[][] {
  const byMetric = new Map<string, Point[]>();
  for (const { name, result } of runs) {
    const [before, after, metrics] = [inputModel(result), outputModel(result), result.metrics];
    if (!before || !after || !metrics) continue;
    const points = byMetric.get(metrics.after.metric) ?? [];
    byMetric.set(metrics.after.metric, points);
    points.push({ name, size: after.bytes, metric: metrics.after, isInput: false });
    const known = points.some((point) => point.isInput && point.size === before.bytes && point.metric.value === metrics.before.value);
    if (!known) points.push({ name: `${name}, before`, size: before.bytes, metric: metrics.before, isInput: true });
  }
  return [...byMetric.values()].filter((points) => points.length > 1);
}

function scatter(points: readonly Point[]): Html {
  const { metric, unit, better } = points[0]!.metric;
  return html`<h2>${metricTitle(metric)} against file size</h2>
    <p class="soft">
      Lines are 95 % intervals; the dashed line joins the models that no other beats in both. Left is
      smaller${better === 'high' ? ', up is better' : ', down is better'}.
    </p>
    ${scatterPicture({
      label: `${metricTitle(metric)} against file size`,
      points: points.map((point) => ({
        name: point.name,
        title: `${point.name}: ${bytes(point.size)}, ${figure(point.metric.value, unit)} ${unit}`,
        x: point.size,
        y: point.metric.value,
        interval: point.metric.confidence,
        ...(point.isInput ? { mark: 'soft' } : {}),
      })),
      front: frontOf(points, better).map(({ size, metric: { value } }) => ({ x: size, y: value })),
      xText: bytes,
      yText: (value) => figure(value, unit),
    })}`;
}

/** Points that no other equals or beats in both size and metric, by size. */
function frontOf(points: readonly Point[], better: 'high' | 'low'): Point[] {
  const sign = better === 'high' ? 1 : -1;
  const beats = (a: Point, b: Point): boolean => {
    const [size, value] = [b.size - a.size, sign * (a.metric.value - b.metric.value)];
    return size >= 0 && value >= 0 && (size > 0 || value > 0);
  };
  return points.filter((point) => !points.some((other) => beats(other, point))).sort((a, b) => a.size - b.size);
}
