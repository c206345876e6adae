import type { Algebra, Operand } from '../algebra.ts';

/** A loss of scores, element by element, on log odds. One file each. */
export interface ScoreLoss {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  /** `target` from 0 to 1, a value without a gradient or a number. */
  build(algebra: Algebra, odds: string, target: Operand): string;
}

/** −t · ln p − (1 − t) · ln(1 − p), as softplus(x) − t · x: it neither overflows nor loses its slope. */
export const binaryCrossEntropy = ({ subtract, multiply, softplus }: Algebra, odds: string, target: Operand): string =>
  target === 0 ? softplus(odds) : subtract(softplus(odds), multiply(odds, target));
