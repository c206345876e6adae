import type { Algebra } from '../algebra.ts';

/** A loss of points, by coordinate, of a difference in strides. One file each. */
export interface PointLoss {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  build(algebra: Algebra, difference: string): string;
}
