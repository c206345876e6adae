import type { OverlayView } from '../../protocol/view.ts';
import type { OverlaySource } from './overlay.ts';

/** What differs between overlays of one figure for each layer. */
type Described = Pick<OverlayView, 'id' | 'label' | 'unit' | 'origin'> &
  Partial<Pick<OverlayView, 'better' | 'fold' | 'summary' | 'notes'>>;

/**
 * An overlay of sizes: what is large is looked at first, on an even scale of the logarithm, and a folded group has the sum. Layers whose
 * figure is null or 0 have none. Undefined where no layer has one.
 */
export function sizeOverlay(
  { layers }: Pick<OverlaySource, 'layers'>,
  figureOf: (layer: OverlaySource['layers'][number], index: number) => number | null | undefined,
  described: Described,
): OverlayView | undefined {
  const values = layers.flatMap((layer, index): [number, number][] => {
    const figure = figureOf(layer, index);
    return figure ? [[index, figure]] : [];
  });
  if (values.length === 0) return undefined;
  const [least, greatest] = extent(values.map(([, value]) => value));
  return {
    better: 'low',
    thresholds: [],
    gradient: { worst: greatest, best: least, log: true },
    fold: 'sum',
    group: 'model',
    values,
    ...described,
  };
}

/** Least and greatest, of as many as there are; [Infinity, -Infinity] of none. */
export function extent(figures: readonly number[]): [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const figure of figures) {
    least = Math.min(least, figure);
    greatest = Math.max(greatest, figure);
  }
  return [least, greatest];
}
