import type { OverlayView } from '../../../protocol/view.ts';
import type { LayerWeight } from './layer-weight.ts';

/** Elements of a weight in order, a slice at a time; can be asked for again. */
export type Slices = () => AsyncIterable<{ readonly start: number; readonly values: Float64Array }>;

/** A layer's figure, and a sentence about it. */
export interface WeightFigure {
  /** null: without error. */
  readonly value: number | null;
  readonly note?: string;
}

/** Figures that follow from the values of weights. One file each, and one line in `index.ts`. */
export interface WeightOverlay {
  readonly id: string;
  readonly label: string;
  /** What is said where the figures are offered: "no pictures needed". */
  readonly needs: string;
  /** Undefined for a layer that it says nothing of. */
  of(weight: LayerWeight, slices: Slices): Promise<WeightFigure | undefined>;
  /** Everything but figures. */
  view(figures: readonly number[]): Pick<OverlayView, 'unit' | 'better' | 'thresholds' | 'gradient' | 'fold' | 'origin' | 'summary'>;
}
