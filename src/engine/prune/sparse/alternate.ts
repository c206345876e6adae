import { cholesky, invertCholesky, type Pause } from '../../layerwise/cholesky.ts';
import type { RowsForm } from './on-support.ts';

/** Rounds; the part of the zeros grows over the first of them. */
const rounds = 16;
const growing = 10;

/** What is chosen of all rows of a layer: 1 where a weight becomes zero. `progress`: part of all zeros. */
export type ChooseRows = (weights: Float64Array, worth: Float64Array, progress: number) => Uint8Array;

/**
 * Finds zeros and weights together, for small values of the form of each group: alternating direction method of multipliers, whose projection keeps the weights that are worth most, w² times the
 * variance of what they read (Boža, Fast and effective weight update for pruned large language models, arXiv:2401.02938, algorithms 1 and 2). One factorization a group; each
 * round costs rows · depth². Returns 1 where a weight is zero. Throws Cancelled.
 */
export async function alternate(forms: readonly RowsForm[], start: Float64Array, choose: ChooseRows, pause: Pause): Promise<Uint8Array> {
  const [{ depth, right }] = forms as [RowsForm, ...RowsForm[]];
  const size = right.length;
  const inverses: Float64Array[] = [];
  const variance = new Float64Array(start.length);
  for (const [part, form] of forms.entries()) {
    const penalized = form.matrix.slice();
    for (let i = 0; i < depth; i++) penalized[i * depth + i]! *= 2;
    const least = penalized[0]! * 1e-12;
    inverses.push(await invertCholesky(await cholesky(penalized, depth, Math.max(least, Number.MIN_VALUE), pause), depth, pause));
    for (let i = 0; i < size; i++) variance[part * size + i] = form.matrix[(i % depth) * (depth + 1)]!;
  }
  const sparse = start.slice();
  const dual = new Float64Array(start.length);
  const sum = start.slice();
  let zeros: Uint8Array = new Uint8Array(start.length);
  for (let round = 0; round < rounds; round++) {
    zeros = choose(sum, sum.map((value, i) => value * value * variance[i]!), Math.min(1, 1 - (1 - (round + 1) / growing) ** 3)); // prettier-ignore
    for (let i = 0; i < sum.length; i++) {
      sparse[i] = zeros[i] ? 0 : sum[i]!;
      dual[i] = sum[i]! - sparse[i]!;
    }
    if (round + 1 === rounds) break;
    for (const [part, form] of forms.entries()) {
      const from = part * size;
      const wanted = form.right.map((value, i) => value + variance[from + i]! * (sparse[from + i]! - dual[from + i]!));
      const solved = await product(wanted, inverses[part]!, depth, pause);
      for (let i = 0; i < size; i++) sum[from + i] = solved[i]! + dual[from + i]!;
    }
  }
  return zeros;
}

/** Rows times a symmetric matrix. */
async function product(rows: Float64Array, matrix: Float64Array, depth: number, pause: Pause): Promise<Float64Array> {
  const result = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row += depth) {
    await pause();
    for (let i = 0; i < depth; i++) {
      const factor = rows[row + i]!;
      for (let j = 0, at = i * depth; j < depth; j++, at++) result[row + j]! += factor * matrix[at]!;
    }
  }
  return result;
}
