import type { GroupMoments } from '../../statistics/second-moment.ts';
import { cholesky, solveCholesky, type Pause } from '../../layerwise/cholesky.ts';

/**
 * Share of the mean variance that is added to each input's: keeps the weights near their float values in directions that the
 * calibration pictures hardly show. `depth` / samples of it more, so that fewer samples than inputs are not learnt by heart. And a floor relative to the raw moments, below which float32 sums hold nothing but rounding errors.
 */
const damping = 0.2;
const leastDamping = 1e-5;

/**
 * The mean squared error of one group's rows of weights as a quadratic form, inputs sorted by rising variance:
 * (w - target)ᵀ moments (w - target) + constant, `moments` damped, for every row. All arrays are in the sorted order.
 */
export interface Quadratic {
  readonly depth: number;
  /** Place of the sorted input among the layer's. */
  readonly order: Uint32Array;
  readonly moments: Float64Array;
  /** Upper triangular, factorᵀ factor = moments. */
  readonly factor: Float64Array;
  /** What is added to each input's variance in `moments`. */
  readonly added: number;
  /** Each row's best weights without rounding, one row after another. */
  readonly targets: Float64Array;
  /** [rows][depth]: E[x y], centred where a bias takes the means. */
  readonly cross: Float64Array;
  /** E[y²] of each row, centred likewise. */
  readonly power: Float64Array;
}

/**
 * `weights`: the group's rows in the layer's order, [rows][depth]. `centred`: a bias takes up the means, so only the covariance matters.
 * target = w + moments⁻¹ (E[x y] - E[x xᵀ] w): where the input is not the float model's any more, the weights make up for it.
 */
export async function quadraticOf(
  given: GroupMoments,
  weights: Float64Array,
  rows: number,
  centred: boolean,
  pause: Pause,
): Promise<Quadratic> {
  const { samples, inputProducts, crossProducts, inputMeans, targetMeans, targetSquares } = given;
  const depth = inputMeans.length;
  const meanOf = (i: number): number => (centred ? inputMeans[i]! : 0);
  const variance = Float64Array.from({ length: depth }, (_, i) => inputProducts[i * depth + i]! - meanOf(i) ** 2);
  const order = Uint32Array.from(variance.keys()).sort((a, b) => variance[a]! - variance[b]! || a - b);
  const moments = new Float64Array(depth * depth);
  for (let i = 0; i < depth; i++) {
    const from = order[i]! * depth;
    const mean = meanOf(order[i]!);
    for (let j = 0; j < depth; j++) moments[i * depth + j] = inputProducts[from + order[j]!]! - mean * meanOf(order[j]!);
  }
  const mean = (values: (i: number) => number): number => variance.reduce((sum, _, i) => sum + values(i), 0) / depth;
  const share = damping + depth / Math.max(1, samples);
  const added = share * mean((i) => Math.max(0, variance[i]!)) + leastDamping * mean((i) => inputProducts[i * depth + i]!);
  const cross = new Float64Array(rows * depth);
  const targets = new Float64Array(rows * depth);
  const power = Float64Array.from({ length: rows }, (_, row) => targetSquares[row]! - (centred ? targetMeans[row]! ** 2 : 0));
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < depth; i++) {
      const from = order[i]!;
      cross[row * depth + i] = crossProducts[from * rows + row]! - (centred ? meanOf(from) * targetMeans[row]! : 0);
      targets[row * depth + i] = weights[row * depth + from]!;
    }
  }
  // Wᵀ's gap: E[x y] - E[x xᵀ] w with the moments as they are, before damping.
  const gaps = cross.slice();
  for (let row = 0; row < rows; row++) {
    await pause();
    for (let i = 0; i < depth; i++) gaps[row * depth + i]! -= dot(moments, i * depth, targets, row * depth, depth);
  }
  for (let i = 0; i < depth; i++) moments[i * depth + i]! += added;
  const least = Math.max(added, Number.MIN_VALUE);
  const factor = await cholesky(moments, depth, least, pause);
  if (added > 0) {
    for (let row = 0; row < rows; row++) {
      await pause();
      const step = gaps.subarray(row * depth, (row + 1) * depth);
      solveCholesky(factor, depth, step);
      for (let i = 0; i < depth; i++) targets[row * depth + i]! += step[i]!;
    }
  }
  return { depth, order, moments, factor, added, targets, cross, power };
}

/** Mean squared error of a row: codes times scale in sorted order, best bias assumed where centred. Without damping. */
export function lossOf({ depth, moments, added, cross, power }: Quadratic, row: number, codes: Int16Array, scale: number): number {
  let squares = 0;
  let mixed = 0;
  for (let i = 0; i < depth; i++) {
    const code = codes[i]!;
    if (code === 0) continue;
    let sum = 0;
    for (let j = 0, at = i * depth; j < depth; j++, at++) sum += moments[at]! * codes[j]!;
    squares += code * (sum - added * code);
    mixed += code * cross[row * depth + i]!;
  }
  return power[row]! - 2 * scale * mixed + scale * scale * squares;
}

export function dot(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aFrom + i]! * b[bFrom + i]!;
  return sum;
}
