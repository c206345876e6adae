import { cholesky, solveCholesky, type Pause } from '../../layerwise/cholesky.ts';
import { allFinite } from '../../base/numbers.ts';
import type { GroupMoments } from '../../statistics/second-moment.ts';

/** Weights of one product and its offsets: y = W x + b. */
export interface Affine {
  /** [outputs, depth]. */
  readonly weights: Float64Array;
  readonly offsets: Float64Array;
}

/** E[x xᵀ] and E[x yᵀ] without the means, which an offset takes up; or with them, where there is none. */
export interface CentredMoments {
  readonly depth: number;
  readonly outputs: number;
  /** [depth, depth]. */
  readonly products: Float64Array;
  /** [outputs, depth]. */
  readonly cross: Float64Array;
  readonly power: Float64Array;
  readonly inputMeans: Float64Array;
  readonly targetMeans: Float64Array;
}

export function centre(given: GroupMoments, outputs: number, offset: boolean): CentredMoments {
  const depth = given.inputMeans.length;
  const inputMeans = offset ? given.inputMeans : new Float64Array(depth);
  const targetMeans = offset ? given.targetMeans : new Float64Array(outputs);
  const products = given.inputProducts.slice();
  for (let i = 0; i < depth; i++) for (let j = 0; j < depth; j++) products[i * depth + j]! -= inputMeans[i]! * inputMeans[j]!;
  const cross = new Float64Array(outputs * depth);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < depth; i++) cross[o * depth + i] = given.crossProducts[i * outputs + o]! - inputMeans[i]! * targetMeans[o]!;
  }
  const power = given.targetSquares.map((square, o) => square - targetMeans[o]! ** 2);
  return { depth, outputs, products, cross, power, inputMeans, targetMeans };
}

/** Mean of the diagonal: what a ridge is a share of. */
export function meanVariance({ products, depth }: Pick<CentredMoments, 'products' | 'depth'>): number {
  let sum = 0;
  for (let i = 0; i < depth; i++) sum += Math.max(0, products[i * depth + i]!);
  return sum / Math.max(1, depth);
}

/**
 * The W that makes E|y - W x - b|² + share * meanVariance * |W - W0|² least: ridge regression towards the weights that are there, not towards 0. The
 * offsets are those of the means. Where the inputs do not vary, or nothing finite comes of it, W0 with the offsets of the means.
 */
export async function ridge(moments: CentredMoments, start: Float64Array, share: number, pause: Pause): Promise<Affine> {
  const { depth, outputs, cross } = moments;
  const added = share * meanVariance(moments);
  if (!(added > 0)) return withOffsets(moments, start);
  const factor = await cholesky(damped(moments, added), depth, added, pause);
  const weights = new Float64Array(outputs * depth);
  for (let o = 0; o < outputs; o++) {
    await pause();
    const row = weights.subarray(o * depth, (o + 1) * depth);
    for (let i = 0; i < depth; i++) row[i] = cross[o * depth + i]! + added * start[o * depth + i]!;
    solveCholesky(factor, depth, row);
  }
  return withOffsets(moments, allFinite(weights) ? weights : start);
}

/** E[x xᵀ] with the ridge on its diagonal. */
export function damped({ products, depth }: Pick<CentredMoments, 'products' | 'depth'>, added: number): Float64Array {
  const matrix = products.slice();
  for (let i = 0; i < depth; i++) matrix[i * depth + i]! += added;
  return matrix;
}

/** Offsets that make the means of the outputs those of the targets. */
export function withOffsets({ depth, outputs, inputMeans, targetMeans }: CentredMoments, weights: Float64Array): Affine {
  const offsets = Float64Array.from({ length: outputs }, (_, o) => {
    let sum = targetMeans[o]!;
    for (let i = 0; i < depth; i++) sum -= weights[o * depth + i]! * inputMeans[i]!;
    return sum;
  });
  return { weights, offsets };
}

/** Mean squared error of each output with these weights, without offset's share: E|y - W x - b|² for the best b; never below 0. */
export function errorsOf({ depth, outputs, products, cross, power }: CentredMoments, weights: Float64Array): Float64Array {
  return Float64Array.from({ length: outputs }, (_, o) => {
    let error = power[o]!;
    const row = weights.subarray(o * depth, (o + 1) * depth);
    for (let i = 0; i < depth; i++) {
      let sum = -2 * cross[o * depth + i]!;
      for (let j = 0, at = i * depth; j < depth; j++, at++) sum += products[at]! * row[j]!;
      error += row[i]! * sum;
    }
    return Math.max(0, error);
  });
}
