import { bytes, bytesChange, shortNumber, timeLeft, gateBoxesText } from '../../protocol/format.ts';
import type { JobProgress } from '../../protocol/job.ts';
import type { AnalyzeDocument, AnalyzedLayer } from '../../protocol/results/analyze.ts';
import type { Figure } from '../../protocol/results/common.ts';
import type { EvaluateDocument } from '../../protocol/results/evaluate.ts';
import type { RunDocument, SearchDocument } from '../../protocol/results/run.ts';
import type { RunMeasurement, RunSummary } from '../../protocol/runs.ts';

/** "calibrate: 34 of 100 pictures · about 12 s left". */
export function progressText(progress: JobProgress): string {
  const parts = [progress.total > 0 ? `${progress.phase}: ${progress.done} of ${progress.total} ${progress.unit}` : progress.phase];
  if (progress.secondsLeft !== undefined) parts.push(`${timeLeft(progress.secondsLeft)} left`);
  return parts.join(' · ');
}

/** "1.1 MB → 0.31 MB · top-1 91.5 → 91.3 % (±0.8)". Without test data only the sizes. */
export function runSummary(run: Pick<RunDocument, 'gate'> & Pick<RunSummary, 'models' | 'metrics'>): string {
  const before = run.models.find(({ role }) => role === 'input');
  const after = run.models.findLast(({ role }) => role === 'output');
  const parts: string[] = [];
  if (before && after) parts.push(bytesChange(before.bytes, after.bytes));
  if (run.metrics) parts.push(change(run.metrics.before, run.metrics.after));
  if (run.gate && !run.gate.met) {
    const unit = run.metrics?.after.unit ?? '';
    parts.push(`limit missed: ${figure(run.gate.measured, unit)} lost, ${figure(run.gate.drop, unit)} allowed${gateBoxesText(run.gate)}`);
  }
  return parts.join(' · ');
}

/** "top-1 91.3 % (±1.7, 1000 pictures) · 3.1 ms a picture (median, 4 threads)". */
export function evaluateSummary(result: EvaluateDocument): string {
  const parts = [`${metricName(result.metric)} ${figure(result.value, result.unit)} (${margin(result)}, ${result.samples} pictures)`];
  if (result.asWritten) parts.push(`as written ${figure(result.asWritten.value, result.unit)}`);
  if (result.difference) {
    const [low, high] = result.difference.confidence;
    parts.push(`difference ${signed(result.difference.value, result.unit)} (${signed(low, result.unit)} to ${signed(high, result.unit)})`);
  }
  if (result.latencyMs) parts.push(`${shortNumber(result.latencyMs.median)} ms a picture (median, ${result.threads} threads)`);
  return parts.join(' · ');
}

/** "7 layers on 64 pictures in 3.2 s · worst /conv1 12.3 dB, /fc 20 dB · 2 nodes not analyzed". */
export function analyzeSummary({ layers, samples, seconds, unit, notAnalyzed }: AnalyzeDocument): string {
  const names = new Set(layers.map(({ name }) => name));
  const worst = layers.slice(0, 2).map((layer) => `${layer.name} ${valueText(layer, unit)}`);
  const parts = [`${names.size} layer${names.size === 1 ? '' : 's'} on ${samples} pictures in ${shortNumber(seconds)} s`];
  if (worst.length) parts.push(`worst ${worst.join(', ')}`);
  if (notAnalyzed.length) parts.push(`${notAnalyzed.length} not analyzed`);
  return parts.join(' · ');
}

const valueText = ({ value, equal }: AnalyzedLayer, unit: string): string =>
  equal || value === null ? 'no error' : `${shortNumber(value)} ${unit}`.trim();

const spentNames: Record<string, string> = { 'bit-operations': 'bit operations', latency: 'latency' };

/** "12 layers at 8 bits, 7 at 4 · weights 54 kB · bytes 51.0 % of all layers at 8 bits · top-1 91.5 → 91.0 % (±0.9)". */
export function searchSummary({ search, metrics }: SearchDocument): string {
  const counts = new Map<number | 'float', number>();
  for (const { weights } of search.layers) counts.set(weights, (counts.get(weights) ?? 0) + 1);
  const widths = [...counts].sort(([a], [b]) => (b === 'float' ? 32 : b) - (a === 'float' ? 32 : a));
  const parts = [
    widths
      .map(([width, count], i) => {
        const bits = width === 'float' ? 'in float' : `at ${width}${i === 0 ? ' bits' : ''}`;
        return `${count}${i === 0 ? ` layer${count === 1 ? '' : 's'}` : ''} ${bits}`;
      })
      .join(', '),
    `weights ${bytes(search.found.bytes)}`,
    `${spentNames[search.budget.kind] ?? 'bytes'} ${plain(search.found.percent, '%')} % of all layers at 8 bits`,
  ];
  if (metrics) parts.push(change(metrics.before, metrics.after));
  return parts.join(' · ');
}

function change(before: RunMeasurement, after: RunMeasurement): string {
  return `${metricName(after.metric)} ${plain(before.value, before.unit)} → ${figure(after.value, after.unit)} (${margin(after)})`;
}

const names: Record<string, string> = { top1: 'top-1', top5: 'top-5', ap50: 'AP50', psnr: 'PSNR', ssim: 'SSIM' };
export const metricName = (metric: string): string => names[metric] ?? metric;

/** Half of the confidence interval, which need not lie evenly: the wider side. */
function margin({ value, unit, confidence: [low, high] }: { value: Figure; unit: string; confidence: [Figure, Figure] }): string {
  return `±${plain(Math.max(value - low, high - value), unit)}`;
}

/** A figure without a unit is a share such as SSIM and needs its third decimal. */
function plain(value: Figure, unit: string): string {
  if (!Number.isFinite(value)) return String(value);
  return value.toFixed(unit === '' ? 3 : value !== 0 && Math.abs(value) < 0.1 ? 2 : 1);
}

const signed = (value: Figure, unit: string): string => `${value > 0 ? '+' : ''}${plain(value, unit)}`;
const figure = (value: Figure, unit: string): string => `${plain(value, unit)}${unit ? ` ${unit}` : ''}`;
