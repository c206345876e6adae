import type { Measurement } from '../../protocol/results.ts';
import { bytes, count, figure, interval, metricTitle } from './format.ts';
import { html, type Html } from './html-text.ts';
import { inputModel, outputModel } from './summary.ts';
import type { ReportData } from './types.ts';

/** Several runs: a table, and size against the metric with the runs that no other beats in both. */
export function runsSection(runs: readonly ReportData[]): Html {
  const rows = runs.map((run) => {
    const { result, target } = run;
    const [before, after] = [inputModel(result), outputModel(result)];
    const metric = result.metrics;
    return html`<tr>
      <td class="name">
        ${run.name}
        <div class="soft small">${result.run}</div>
      </td>
      <td>${result.steps.map(({ step }) => step).join(', ')}</td>
      <td>${target}</td>
      <td class="number">${before ? bytes(before.bytes) : ''}</td>
      <td class="number">${after ? bytes(after.bytes) : ''}</td>
      <td class="number">${after ? count(after.macs) : ''}</td>
      <td class="number">${metric ? figure(metric.before.value, metric.before.unit) : ''}</td>
      <td class="number">${metric ? `${figure(metric.after.value, metric.after.unit)} ${metric.after.unit}` : ''}</td>
      <td class="small">
        ${metric ? `${metricTitle(metric.after.metric)}, ${metric.after.samples} samples, between ${interval(metric.after)}` : 'not measured'}
      </td>
    </tr>`;
  });
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Run</th>
            <th>Steps</th>
            <th>Target</th>
            <th class="number">Before</th>
            <th class="number">After</th>
            <th class="number">MACs</th>
            <th class="number">Before</th>
            <th class="number">After</th>
            <th>Metric, 95 % interval</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${groups(runs).map(scatter)}`;
}

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

const [width, height, left, bottom] = [1120, 340, 60, 40] as const;

function scatter(points: readonly Point[]): Html {
  const { metric, unit, better } = points[0]!.metric;
  const sizes = points.map(({ size }) => Math.log10(size));
  const ends = points.flatMap((point) => [point.metric.value, ...point.metric.confidence.filter(Number.isFinite)]);
  const x = scale(Math.min(...sizes), Math.max(...sizes), left, width - 20);
  const y = scale(Math.min(...ends), Math.max(...ends), height - bottom, 14);
  const at = (point: Point): [string, string] => [x(Math.log10(point.size)).toFixed(1), y(point.metric.value).toFixed(1)];
  const marks = points.map((point) => {
    const [px, py] = at(point);
    const [low, high] = point.metric.confidence.map((end) => (Number.isFinite(end) ? y(end).toFixed(1) : py)) as [string, string];
    const text = `${point.name}: ${bytes(point.size)}, ${figure(point.metric.value, unit)} ${unit}`;
    return html`<line class="whisker" x1="${px}" x2="${px}" y1="${low}" y2="${high}" /><circle
        class="point ${point.isInput ? 'before' : ''}"
        cx="${px}"
        cy="${py}"
        r="5"
        ><title>${text}</title></circle
      >${label(point.name, Number(px), Number(py) - 7)}`;
  });
  const front = frontOf(points, better).map((point) => at(point).join(','));
  const ticks = [Math.min(...ends), Math.max(...ends)].map(
    (value) => html`<text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${figure(value, unit)}</text>`,
  );
  const edges = [Math.min(...points.map(({ size }) => size)), Math.max(...points.map(({ size }) => size))];
  return html`<h2>${metricTitle(metric)} against file size</h2>
    <p class="soft">
      Lines are 95 % intervals; the dashed line joins the models that no other beats in both. Left is
      smaller${better === 'high' ? ', up is better' : ', down is better'}.
    </p>
    <svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${metricTitle(metric)} against file size">
      <line class="axis" x1="${left}" x2="${width}" y1="${height - bottom + 8}" y2="${height - bottom + 8}" />
      ${ticks}
      ${edges.map((size, i) => html`<text x="${x(Math.log10(size)).toFixed(1)}" y="${height - 14}" text-anchor="${i === 0 ? 'start' : 'end'}">${bytes(size)}</text>`)}
      <polyline class="front" points="${front.join(' ')}" />
      ${marks}
    </svg>`;
}

/** Beside a point, on the side where there is room. */
const label = (name: string, x: number, y: number): Html =>
  x > width * 0.75 ? html`<text x="${x - 9}" y="${y}" text-anchor="end">${name}</text>` : html`<text x="${x + 9}" y="${y}">${name}</text>`;

function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
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
