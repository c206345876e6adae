import type { Positions } from '../power-of-two/position.ts';
import type { Pairs } from '../saturation.ts';
import type { Grid } from '../scheme.ts';

/** Weights that share a scale: an output channel, a block of one, or the tensor. */
export interface RowRequest {
  readonly row: Float64Array;
  readonly on: Grid;
  /** The zero point is the grid's middle. */
  readonly symmetric: boolean;
  readonly range: 'max' | 'mse';
  /** Neighbours that must not add up beyond what the kernels hold. */
  readonly pairs: Pairs | undefined;
  /** Set: the scale is a power of two, one of these. */
  readonly positions: Positions | undefined;
  /** The scale must not be below; 0: no such bound. */
  readonly least: number;
}
