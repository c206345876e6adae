import type { LayerView } from '../../src/protocol/view.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';

/** `measured`: the figure of the chosen overlay; not a column while none is chosen. */
export const columns = ['index', 'name', 'op', 'outputShape', 'parameters', 'macs', 'measured'] as const;
export type Column = (typeof columns)[number];

export interface Order {
  column: Column;
  descending: boolean;
}

const units: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
type FigureOf = (layer: LayerView, overlay: ShownOverlay | undefined) => number | null;
const figures: Record<string, FigureOf> = {
  value: ({ index }, overlay) => overlay?.values.get(index) ?? null,
  macs: (layer) => layer.macs,
  params: (layer) => layer.parameters,
  parameters: (layer) => layer.parameters,
  bytes: (layer) => layer.weightBytes,
};

type Test = (layer: LayerView) => boolean;

/**
 * `op:conv`, `macs>1M`, `params<=10k`, `>1M` (MACs), `value<20` (of the overlay), `shape:32x32`; any other word is looked for in name and operator. With `-` in
 * front: all but those.
 */
function testOf(word: string, overlay: ShownOverlay | undefined): Test {
  if (word.length > 1 && word.startsWith('-')) {
    const test = testOf(word.slice(1), overlay);
    return (layer) => !test(layer);
  }
  const comparison = /^([a-z]*)(>=|<=|>|<)([\d.]+)([kmg]?)$/.exec(word);
  const figure = comparison && figures[comparison[1] || 'macs'];
  if (comparison && figure) {
    const limit = Number(comparison[3]) * (units[comparison[4] ?? ''] ?? 1);
    const compare: Record<string, (value: number) => boolean> = {
      '>': (value) => value > limit,
      '<': (value) => value < limit,
      '>=': (value) => value >= limit,
      '<=': (value) => value <= limit,
    };
    const test = compare[comparison[2] ?? ''];
    return (layer) => {
      const value = figure(layer, overlay);
      return value !== null && (test?.(value) ?? false);
    };
  }
  if (word.startsWith('op:')) {
    const op = word.slice(3);
    return (layer) => layer.op.toLowerCase().startsWith(op);
  }
  if (word.startsWith('shape:')) {
    const wanted = word.slice(6).replaceAll('×', 'x');
    return (layer) => (layer.outputShape ?? []).join('x').includes(wanted);
  }
  return (layer) => layer.name.toLowerCase().includes(word) || layer.op.toLowerCase().includes(word);
}

/** The layers that fit every word of the query, in the wanted order. Ties keep the model's order; unknown figures come last. */
export function arrange(layers: readonly LayerView[], query: string, order: Order, overlay?: ShownOverlay): LayerView[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = words.map((word) => testOf(word, overlay));
  const found = layers.filter((layer) => tests.every((test) => test(layer)));
  const sign = order.descending ? -1 : 1;
  const compare = order.column === 'measured' ? byRanking(overlay) : comparisons[order.column];
  return found.sort((a, b) => compare(a, b, sign) || a.index - b.index);
}

/** Ascending is worst first, whatever is worse: low decibels, high errors. Layers that were not measured come last. */
function byRanking(overlay: ShownOverlay | undefined): (a: LayerView, b: LayerView, sign: number) => number {
  const rank = new Map(overlay?.ranking.map((index, place) => [index, place]));
  return byFigure((layer) => rank.get(layer.index) ?? null);
}

const texts = new Intl.Collator('en', { numeric: true });
const size = (layer: LayerView): number | null =>
  layer.outputShape?.reduce<number | null>((product, dim) => (product === null || typeof dim !== 'number' ? null : product * dim), 1) ??
  null;

function byFigure(figure: (layer: LayerView) => number | null): (a: LayerView, b: LayerView, sign: number) => number {
  return (a, b, sign) => {
    const [x, y] = [figure(a), figure(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  };
}

const comparisons: Record<Exclude<Column, 'measured'>, (a: LayerView, b: LayerView, sign: number) => number> = {
  index: (a, b, sign) => sign * (a.index - b.index),
  name: (a, b, sign) => sign * texts.compare(a.name, b.name),
  op: (a, b, sign) => sign * texts.compare(a.op, b.op),
  outputShape: byFigure(size),
  parameters: byFigure((layer) => layer.parameters),
  macs: byFigure((layer) => layer.macs),
};
