import type { LayerView } from '../../src/protocol/view.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';

/** `measured`: the figure of the chosen overlay; not a column while none is chosen. */
export const columns = ['index', 'name', 'op', 'outputShape', 'parameters', 'macs', 'measured'] as const;
export type Column = (typeof columns)[number];

export interface Order {
  column: Column;
  descending: boolean;
}

export const inModelOrder: Order = { column: 'index', descending: false };

/** The layers in the wanted order. Ties keep the model's order; unknown figures come last. */
export function inOrder(layers: readonly LayerView[], order: Order, overlay?: ShownOverlay): LayerView[] {
  const sign = order.descending ? -1 : 1;
  const compare = order.column === 'measured' ? byRanking(overlay) : comparisons[order.column];
  return layers.toSorted((a, b) => compare(a, b, sign) || a.index - b.index);
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
