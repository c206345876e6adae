import { bytes, shortNumber, timeLeft } from '../../protocol/format.ts';
import type { JobProgress } from '../../protocol/job.ts';
import type { EvaluateDocument, Figure, Measurement, RunDocument } from '../../protocol/results.ts';

/** "calibrate: 34 of 100 pictures · about 12 s left". */
export function progressText(progress: JobProgress): string {
  const parts = [progress.total > 0 ? `${progress.phase}: ${progress.done} of ${progress.total} ${progress.unit}` : progress.phase];
  if (progress.secondsLeft !== undefined) parts.push(`${timeLeft(progress.secondsLeft)} left`);
  return parts.join(' · ');
}

/** "1.1 MB → 0.31 MB · top-1 91.5 → 91.3 % (±0.8)". Without test data only the sizes. */
export function runSummary(run: RunDocument): string {
  const before = run.models.find(({ role }) => role === 'input');
  const after = run.models.findLast(({ role }) => role === 'output');
  const parts: string[] = [];
  if (before && after) parts.push(`${bytes(before.bytes)} → ${bytes(after.bytes)}`);
  if (run.metrics) parts.push(change(run.metrics.before, run.metrics.after));
  if (run.gate && !run.gate.met) {
    parts.push(`limit missed: ${figure(run.gate.measured, '')} lost, ${figure(run.gate.drop, '')} allowed`);
  }
  return parts.join(' · ');
}

/** "top-1 91.3 % (±1.7, 1000 pictures) · 3.1 ms a picture (median, 4 threads)". */
export function evaluateSummary(result: EvaluateDocument): string {
  const parts = [`${metricName(result.metric)} ${figure(result.value, result.unit)} (${margin(result)}, ${result.samples} pictures)`];
  if (result.asWritten) parts.push(`as written ${figure(result.asWritten.value, result.unit)}`);
  if (result.difference) {
    const [low, high] = result.difference.confidence;
    parts.push(`difference ${signed(result.difference.value)} (${signed(low)} to ${signed(high)})`);
  }
  if (result.latencyMs) parts.push(`${shortNumber(result.latencyMs.median)} ms a picture (median, ${result.threads} threads)`);
  return parts.join(' · ');
}

function change(before: Measurement, after: Measurement): string {
  return `${metricName(after.metric)} ${plain(before.value)} → ${figure(after.value, after.unit)} (${margin(after)})`;
}

const names: Record<string, string> = { top1: 'top-1', top5: 'top-5', ap50: 'AP50', psnr: 'PSNR', ssim: 'SSIM' };
export const metricName = (metric: string): string => names[metric] ?? metric;

/** Half of the confidence interval, which need not lie evenly: the wider side. */
function margin({ value, confidence: [low, high] }: { value: Figure; confidence: [Figure, Figure] }): string {
  return `±${plain(Math.max(value - low, high - value))}`;
}

const plain = (value: Figure): string => (Number.isFinite(value) ? value.toFixed(Math.abs(value) < 1 ? 2 : 1) : String(value));
const signed = (value: Figure): string => `${value > 0 ? '+' : ''}${plain(value)}`;
const figure = (value: Figure, unit: string): string => `${plain(value)}${unit ? ` ${unit}` : ''}`;
