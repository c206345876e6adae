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

/** The inverse of A = UᵀU, symmetric and full: column after column of U⁻¹ U⁻ᵀ. */
export async function invertCholesky(upper: Float64Array, size: number, pause: Pause): Promise<Float64Array> {
  // R = U⁻¹ is upper triangular; row i of it is e_i minus what the rows below it give, all over the pivot.
  const root = new Float64Array(size * size);
  for (let i = size - 1; i >= 0; i--) {
    if (i % pivotsAtOnce === 0) await pause();
    const row = i * size;
    for (let k = i + 1; k < size; k++) {
      const factor = upper[row + k]!;
      if (factor === 0) continue;
      for (let j = k, at = k * size; j < size; j++) root[row + j]! -= factor * root[at + j]!;
    }
    root[row + i] = 1;
    const pivot = upper[row + i]!;
    for (let j = i; j < size; j++) root[row + j]! /= pivot;
  }
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    if (i % pivotsAtOnce === 0) await pause();
    for (let j = i; j < size; j++) {
      let sum = 0;
      for (let k = j; k < size; k++) sum += root[i * size + k]! * root[j * size + k]!;
      inverse[i * size + j] = inverse[j * size + i] = sum;
    }
  }
  return inverse;
}
