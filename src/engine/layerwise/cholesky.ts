/** Gives others a turn once in a while, and throws Cancelled. */
export type Pause = () => Promise<void>;

/** Pivots between two pauses: well below a second for the largest matrices. */
const pivotsAtOnce = 32;

/**
 * Upper triangular U with UᵀU = A for a symmetric positive definite A of `size` rows, row by row; the part below the diagonal is zero.
 * Pivots are kept at or above `least`, so that rounding errors of a nearly singular A never stop it.
 */
export async function cholesky(matrix: Float64Array, size: number, least: number, pause: Pause): Promise<Float64Array> {
  const upper = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) upper[i * size + j] = matrix[i * size + j]!;
  for (let k = 0; k < size; k++) {
    if (k % pivotsAtOnce === 0) await pause();
    const row = k * size;
    const pivot = Math.sqrt(Math.max(upper[row + k]!, least));
    upper[row + k] = pivot;
    for (let j = k + 1; j < size; j++) upper[row + j]! /= pivot;
    for (let i = k + 1; i < size; i++) {
      const factor = upper[row + i]!;
      if (factor === 0) continue;
      const at = i * size;
      for (let j = i; j < size; j++) upper[at + j]! -= factor * upper[row + j]!;
    }
  }
  return upper;
}

/** Solves UᵀU x = b in place; `rhs` has `size` elements. */
export function solveCholesky(upper: Float64Array, size: number, rhs: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    const value = (rhs[i]! /= upper[row + i]!);
    if (value === 0) continue;
    for (let j = i + 1; j < size; j++) rhs[j]! -= upper[row + j]! * value;
  }
  for (let i = size - 1; i >= 0; i--) {
    const row = i * size;
    let sum = rhs[i]!;
    for (let j = i + 1; j < size; j++) sum -= upper[row + j]! * rhs[j]!;
    rhs[i] = sum / upper[row + i]!;
  }
}
