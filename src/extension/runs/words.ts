import { boxesText, bytes, count, shortNumber, visible } from '../../protocol/format.ts';
import type { Deployment } from '../../protocol/deployments.ts';
import type { ModelSummary } from '../../protocol/results/run.ts';
import type { RunMeasurement, RunStatus, RunSummary } from '../../protocol/runs.ts';
import { metricName } from '../jobs/wording.ts';

export const inputOf = ({ models }: RunSummary): ModelSummary | undefined => models.find(({ role }) => role === 'input');
export const outputOf = ({ models }: RunSummary): ModelSummary | undefined => models.findLast(({ role }) => role === 'output');

/** "top-1 91.3 %", "AP50 97.6 %, 42 of 43 found, 3 false". */
export const metricText = ({ metric, value, unit, boxes }: RunMeasurement): string =>
  `${metricName(visible(metric))} ${valueText(value, unit)}${boxes ? `, ${boxesText(boxes)}` : ''}`;

export const valueText = (value: number, unit: string): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞';
  return `${value.toFixed(unit === '' ? 3 : 1).replace('-', '−')}${unit ? ` ${unit}` : ''}`;
};

/** "91.3 % (simulated, 95 % between 89.4 and 92.9, 1000 pictures)". */
export function measuredText({ value, unit, confidence: [low, high], samples, simulated, boxes }: RunMeasurement): string {
  const how = simulated === undefined ? '' : 'simulated, ';
  const between = Number.isFinite(low) && Number.isFinite(high) ? `95 % between ${plain(low, unit)} and ${plain(high, unit)}, ` : '';
  return `${valueText(value, unit)} (${boxes ? `${boxesText(boxes)}, ` : ''}${how}${between}${samples} pictures)`;
}

const plain = (value: number, unit: string): string => valueText(value, unit).replace(/ \S+$/, '');

export const statusText: Readonly<Record<RunStatus, string>> = {
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  unreadable: 'cannot be read',
};

/** "14:05" today, "Mon 14:05" within a week, "3 Nov 14:05" else, with the year where it is another one. In the zone of `now`'s clock. */
export function whenText(iso: string | undefined, now: Date): string {
  const date = new Date(iso ?? NaN);
  if (Number.isNaN(date.getTime())) return '';
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return time;
  const days = (now.getTime() - date.getTime()) / 86_400_000;
  if (days >= 0 && days < 6) return `${weekdays[date.getDay()]} ${time}`;
  const year = date.getFullYear() === now.getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${months[date.getMonth()]}${year} ${time}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "4 bits, 8 for activations"; empty where unknown. */
export function bitsText({ weightBits, activationBits }: ModelSummary): string {
  if (weightBits === null) return '';
  const weights = `${shortNumber(weightBits)} bits`;
  return activationBits === null ? weights : `${weights}, ${shortNumber(activationBits)} for activations`;
}

/** Rows of a table before and after: file, packed size, parameters, MACs, bits. */
export function figureRows(run: RunSummary): [title: string, before: string, after: string][] {
  const [before, after] = [inputOf(run), outputOf(run)];
  const both = (title: string, text: (model: ModelSummary) => string): [string, string, string] => [
    title,
    before ? text(before) : '',
    after ? text(after) : '',
  ];
  const rows = [
    both('File', (model) => bytes(model.bytes)),
    both('Packed', (model) => bytes(model.packedBytes)),
    both('Parameters', (model) => count(model.parameters)),
    both('MACs', (model) => (model.macs === null ? '' : count(model.macs))),
    both('Weights', bitsText),
  ];
  const { metrics, latencyMs } = run;
  if (metrics) {
    rows.unshift([
      metricName(visible(metrics.after.metric)),
      valueText(metrics.before.value, metrics.before.unit),
      measuredText(metrics.after),
    ]);
  }
  for (const { split, samples, value, boxes } of metrics?.after.splits ?? []) {
    const was = metrics?.before.splits?.find((one) => one.split === split);
    const unit = metrics?.after.unit ?? '';
    const splitText = (one: { value: number; boxes?: RunMeasurement['boxes'] }): string =>
      `${valueText(one.value, unit)}${one.boxes ? `, ${boxesText(one.boxes)}` : ''}`;
    const after = splitText({ value, ...(boxes ? { boxes } : {}) });
    rows.splice(1, 0, [visible(split), was ? splitText(was) : '', `${after} (${samples} pictures)`]);
  }
  if (latencyMs) {
    const { before: first, after: then, threads } = latencyMs;
    const title = `Latency (${threads} thread${threads === 1 ? '' : 's'})`;
    rows.push([title, `${shortNumber(first.median)} ms`, `${shortNumber(then.median)} ms`]);
  }
  return rows.filter(([, first, then]) => first || then);
}

/** "zcu104 at board.local". */
export const boardName = ({ target, host }: Deployment): string => visible(`${target} at ${host}`);

/** "top-1 91.0 % · 2.13 ms · 871 FPS · 4.02 mJ": what was measured there, in short. */
export const boardText = ({ metrics, latencyMs, fps, power }: Deployment): string =>
  [
    metrics.board && metricText(metrics.board),
    latencyMs && `${shortNumber(latencyMs.median)} ms`,
    fps.length && `${shortNumber(Math.max(...fps.map((one) => one.fps)))} FPS`,
    power?.joulesPerPicture !== undefined && energyText(power.joulesPerPicture),
  ]
    .filter(Boolean)
    .join(' · ');

const energyText = (joules: number): string => (joules < 0.1 ? `${shortNumber(joules * 1000)} mJ` : `${shortNumber(joules)} J`);

/** Rows of a table of what was measured on a board, each with what it was measured with. */
export function boardRows({
  board,
  bytes: size,
  macs,
  acceleratorMacs,
  subgraphs,
  metrics,
  latencyMs,
  fps,
  power,
  outputsMatch,
}: Deployment): [title: string, value: string][] {
  const rows: [string, string | undefined][] = [
    ['Board', board && visible(board)],
    [metrics.board ? metricName(visible(metrics.board.metric)) : '', metrics.board && measuredText(metrics.board)],
    ['File', size === undefined ? undefined : bytes(size)],
    [
      'MACs on the accelerator',
      acceleratorMacs === undefined ? undefined : `${count(acceleratorMacs)}${macs === undefined ? '' : ` of ${count(macs)}`}`,
    ],
    ['Sub-graphs', subgraphs && `${subgraphs.accelerator} on the accelerator, ${subgraphs.total} in all`],
    ['Latency', latencyMs && `${shortNumber(latencyMs.median)} ms, 90 % within ${shortNumber(latencyMs.p90)} ms, one picture at a time`],
    [
      'Throughput',
      fps.map((one) => `${shortNumber(one.fps)} FPS with ${one.threads} thread${one.threads === 1 ? '' : 's'}`).join(', ') || undefined,
    ],
    ['Power', power && `${shortNumber(power.watts)} W, idle ${shortNumber(power.idleWatts)} W`],
    ['Energy per picture', power?.joulesPerPicture === undefined ? undefined : `${energyText(power.joulesPerPicture)} above idle`],
    [
      'Outputs',
      outputsMatch &&
        (outputsMatch.equal === outputsMatch.elements
          ? `as expected, all ${count(outputsMatch.elements)}`
          : `${count(outputsMatch.elements - outputsMatch.equal)} of ${count(outputsMatch.elements)} differ from what was expected`),
    ],
  ];
  return rows.flatMap(([title, value]) => (value === undefined ? [] : [[title, value]]));
}
