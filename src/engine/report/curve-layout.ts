import type { CurveBand, CurveLayout } from '../../protocol/curve-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { logTicks, scale, ticks, widened } from './axis.ts';
import { metricTitle, plain, rateText, scoreText } from './format.ts';

const margin = { left: 62, right: 24, top: 24, bottom: 44 };
/** Heights of the bands and the room for the title of each but the first. */
const heights = { loss: 150, validation: 110, rate: 44 };
const between = 30;
/** A loss that falls further than this is drawn by its logarithm. */
const manyfold = 20;
/** Losses of single batches jump: where there are more points than these the line is the mean over a fortieth of them. */
const fewPoints = 60;

/** A sign's mean width in the picture's text, at 11 px and bold. */
const signWidth = 6.6;

type Corner = readonly [x: number, y: number];

/** Loss, validation score and learning rate of a training above one axis of epochs, best epoch marked. `curve` is finite: see `thinned`. */
export function layoutCurve(curve: TrainingCurve, width: number): CurveLayout {
  const { points, validation } = curve;
  const [left, right] = [margin.left, width - margin.right];
  const last = Math.max(points.at(-1)?.epoch ?? 0, validation?.scores.at(-1)?.epoch ?? 0);
  // What ended early is drawn as far as it went: the rest will never come.
  const end = (curve.stopped === undefined ? Math.max(curve.epochs, last) : last) || 1;
  const px = scale([0, end], left, right);
  const xs = points.map(({ epoch }) => px(epoch));
  let top = margin.top;
  const place = (what: keyof typeof heights): { top: number; bottom: number } => {
    const own = { top, bottom: top + heights[what] };
    top = own.bottom + between;
    return own;
  };
  const bands: CurveBand[] = [lossBand(curve, xs, place('loss'))];
  const scores = validation?.scores ?? [];
  if (validation && scores.length > 0) bands.push(validationBand(validation, px, place('validation')));
  bands.push(rateBand(curve, xs, place('rate')));
  const best = scores.findLast((score) => score.best);
  const x = px(best?.epoch ?? 0);
  const text = best && validation ? `best ${scoreText(best.value, validation.unit)}, ${epochText(best.epoch)}` : '';
  return {
    width,
    height: top - between + margin.bottom,
    left,
    right,
    xTicks: epochTicks(end, right - left).map((epoch) => ({
      at: px(epoch),
      text: plain(epoch),
      below: curve.epochs > 0 ? `${Math.round((epoch * curve.steps) / curve.epochs)}` : '',
    })),
    bands,
    ...(best ? { best: { x, label: bestLabel(text, x, (left + right) / 2, left + bands[0]!.title.length * signWidth + 12) } } : {}),
  };
}

/** Above the first band, beside the line, behind the band's title. */
const bestLabel = (text: string, x: number, middle: number, free: number): NonNullable<CurveLayout['best']>['label'] =>
  x > middle ? { text, x: x - 5, anchor: 'end' } : { text, x: Math.max(x + 5, free), anchor: 'start' };

const epochText = (epoch: number): string => (epoch === 0 ? 'before the first step' : `epoch ${plain(epoch)}`);

/** Whole epochs wherever there is more than one. */
function epochTicks(end: number, room: number): number[] {
  const found = ticks(0, end, Math.max(2, Math.min(10, room / 90)));
  return end < 2 ? found : found.filter(Number.isInteger);
}

function lossBand({ points }: TrainingCurve, xs: readonly number[], place: { top: number; bottom: number }): CurveBand {
  const losses = points.map(({ loss }) => loss);
  const means = losses.length > fewPoints ? smoothed(losses, Math.ceil(losses.length / 80)) : losses;
  const [low, high] = [means.reduce((a, b) => Math.min(a, b), Infinity), means.reduce((a, b) => Math.max(a, b), 0)];
  const logarithmic = low > 0 && high / low > manyfold;
  const by = (value: number): number => (logarithmic ? Math.log10(Math.max(value, low / 10)) : value);
  const span = widened(means.map(by), logarithmic ? 0.1 : 1e-9 + Math.abs(high) * 1e-3);
  const py = scale(span, place.bottom, place.top);
  const corner = (value: number, i: number): Corner => [xs[i]!, Math.min(place.bottom, Math.max(place.top, py(by(value))))];
  const marks = means.length === 0 ? [] : logarithmic ? logTicks(10 ** span[0], 10 ** span[1]) : ticks(...span, 5);
  return {
    what: 'loss',
    title: logarithmic ? 'Loss (logarithmic)' : 'Loss',
    ...place,
    ticks: apart(marks.map((value) => ({ at: py(by(value)), text: plain(value) }))),
    line: means.map(corner),
    ...(means === losses ? {} : { measured: losses.map(corner) }),
  };
}

function validationBand(
  { metric, unit, scores }: NonNullable<TrainingCurve['validation']>,
  px: (epoch: number) => number,
  place: { top: number; bottom: number },
): CurveBand {
  const span = widened(
    scores.map(({ value }) => value),
    unit === '%' ? 1 : 1e-6,
  );
  const py = scale(span, place.bottom, place.top);
  const best = scores.findLastIndex((score) => score.best);
  return {
    what: 'validation',
    title: `${metricTitle(metric)} on validation pictures${unit ? ` (${unit})` : ''}`,
    ...place,
    ticks: apart(ticks(...span, 4).map((value) => ({ at: py(value), text: plain(value) }))),
    line: scores.map(({ epoch, value }): Corner => [px(epoch), py(value)]),
    ...(best < 0 ? {} : { best }),
  };
}

function rateBand({ points }: TrainingCurve, xs: readonly number[], place: { top: number; bottom: number }): CurveBand {
  const high = points.reduce((most, { rate }) => Math.max(most, rate), 0);
  const py = scale([0, high * 1.06 || 1], place.bottom, place.top);
  return {
    what: 'rate',
    title: 'Learning rate',
    ...place,
    ticks: [0, high].filter((value, i) => i === 0 || value > 0).map((value) => ({ at: py(value), text: rateText(value) })),
    line: points.map(({ rate }, i): Corner => [xs[i]!, py(rate)]),
  };
}

/** Means over `reach` neighbours on both sides, fewer at the ends. */
function smoothed(values: readonly number[], reach: number): number[] {
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  return values.map((_, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(values.length, i + reach + 1)];
    return (sums[to]! - sums[from]!) / (to - from);
  });
}

/** Without figures that would stand on the one before. */
function apart<Tick extends { readonly at: number }>(all: readonly Tick[]): Tick[] {
  const kept: Tick[] = [];
  for (const tick of all) if (kept.length === 0 || Math.abs(tick.at - kept.at(-1)!.at) >= 14) kept.push(tick);
  return kept;
}
