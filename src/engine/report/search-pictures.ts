import type { ModelCurvePoint, SearchedModel, SearchPoint, SearchSummary } from '../../protocol/results/search.ts';
import { bytes, count, decibels, plain } from './format.ts';
import type { Scatter, ScatterPoint } from './scatter.ts';

/** A picture of what the answer loses against what is spent. */
export interface SearchPicture extends Scatter {
  readonly title: string;
}

export const budgetTitle = (kind: string): string => budgetTitles[kind] ?? kind;
const budgetTitles: Readonly<Record<string, string>> = {
  bytes: 'packed weights',
  macs: 'multiply-adds',
  'bit-operations': 'bit operations',
  latency: 'latency',
  drop: 'packed weights',
};

/** Costs in the budget's unit, as texts. */
export const costText = ({ budget: { kind, unit } }: Pick<SearchSummary, 'budget'>): ((cost: number) => string) =>
  kind === 'bytes' || kind === 'drop'
    ? bytes
    : kind === 'bit-operations' || kind === 'macs'
      ? (cost) => `${count(cost)}${unit ? ` ${unit}` : ''}`.trim()
      : (cost) => `${plain(cost)} ${unit}`.trim();

/** Signal over noise of the outputs: 10 log10 of one over the figure. */
export const quality = ({ measured, predicted }: Pick<SearchPoint, 'measured' | 'predicted'>): number => toDecibels(measured ?? predicted);
const toDecibels = (noise: number): number => -10 * Math.log10(noise);

const isDrawn = ({ x, y }: { readonly x: number; readonly y: number }): boolean => x > 0 && Number.isFinite(y);

/** The front, what was found on it and what it was compared with; undefined: nothing of it can be drawn. */
export function wholePicture(search: SearchSummary): SearchPicture | undefined {
  const cost = costText(search);
  const marks = [search.found, ...search.compared].map((point, i): ScatterPoint => {
    const how = point.measured === undefined ? 'expected' : 'measured';
    const title = `${point.name}: ${cost(point.cost)}, ${decibels(quality(point))} dB ${how}`;
    return { name: point.name, title, x: point.cost, y: quality(point), mark: i === 0 ? 'strong' : 'soft' };
  });
  const points = marks.filter(isDrawn);
  if (points.length === 0) return undefined;
  const title = `Signal over noise of the outputs against ${budgetTitle(search.budget.kind)}`;
  return {
    title,
    label: `${title}; the same figures are in the table below`,
    points,
    front: search.front.map((point) => ({ x: point.cost, y: toDecibels(point.predicted) })).filter(isDrawn),
    xText: cost,
    yText: (value) => `${decibels(value)} dB`,
  };
}

/** Of each model what it adds to the noise of the answer by what it takes: what it got, what it would get alone, and what was measured of it alone. */
export function modelPictures(search: SearchSummary): SearchPicture[] {
  return (search.models ?? []).flatMap((model, at) => modelPicture(search, model, at) ?? []);
}

function modelPicture(search: SearchSummary, { model, curve, front }: SearchedModel, at: number): SearchPicture | undefined {
  const cost = costText(search);
  const portion = (point: SearchPoint | undefined, name: string, mark?: 'strong' | 'soft'): ScatterPoint[] => {
    const own = point?.models?.[at];
    if (!own) return [];
    const y = toDecibels(own.predicted);
    return [{ name, title: `${name}: ${cost(own.cost)}, ${decibels(y)} dB expected`, x: own.cost, y, ...(mark ? { mark } : {}) }];
  };
  const measured = curve.map((point): ScatterPoint => {
    const name = curveName(point);
    const y = toDecibels(point.measured);
    return { name, title: `${name}, all else float: ${cost(point.cost)}, ${decibels(y)} dB measured`, x: point.cost, y, mark: 'soft' };
  });
  const alone = search.compared.find(({ name }) => name === 'each alone');
  const points = [...portion(search.found, 'found', 'strong'), ...portion(alone, 'alone'), ...measured].filter(isDrawn);
  if (points.length === 0) return undefined;
  const title = `${model}: what it costs the answer against its ${budgetTitle(search.budget.kind)}`;
  return {
    title,
    label: `${title}; the same figures are in the tables below`,
    points,
    front: front.map((point) => ({ x: point.cost, y: toDecibels(point.predicted) })).filter(isDrawn),
    xText: cost,
    yText: (value) => `${decibels(value)} dB`,
  };
}

/** "4 bits", "25 % fewer channels" */
export const curveName = ({ weights, removed }: ModelCurvePoint): string =>
  weights === undefined ? `${plain(100 * (removed ?? 0))} % fewer channels` : `${weights} bits`;
