import type { Pause } from '../../layerwise/cholesky.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import { centre, errorsOf, ridge, withOffsets, type CentredMoments } from './ridge.ts';
import type { Repair } from './repairs.ts';

/** Ridges that are tried, as shares of the mean variance of the inputs; pictures that were held out decide. */
const ridges = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1];

/** New weights of a layer and its affine follower taken together: y = W x + b. */
export interface Solution {
  /** [groups * outputs, depth]. */
  readonly weights: Float64Array;
  readonly offsets: Float64Array;
  /** Variance of W x, by output. */
  readonly variances: Float64Array;
  readonly inputMeans: readonly Float64Array[];
  /** Mean squared errors as shares of the targets' variance. */
  readonly before: number;
  readonly after: number;
}

/** Solves the layer on `fitted` for each ridge, takes the one that is best on `held`, and solves with it on both, which `fitted` is after that. Throws Cancelled. */
export async function solveRepair(repair: Repair, fitted: SecondMoment, held: SecondMoment | undefined, pause: Pause): Promise<Solution> {
  const { product, chain } = repair;
  const { groups, outputs, depth } = product.shape;
  const canShift = chain.follower !== undefined || product.node.op !== 'MatMul';
  const start = product.weights.map((weight, i) => weight * (chain.follower?.factors[Math.floor(i / depth)] ?? 1));
  const startOf = (part: number): Float64Array => start.subarray(part * outputs * depth, (part + 1) * outputs * depth);
  const momentsOf = (moment: SecondMoment, part: number): CentredMoments => centre(moment.group(part), outputs, canShift);
  let share = ridges[2]!;
  if (held) {
    const errors = new Float64Array(ridges.length);
    for (let part = 0; part < groups; part++) {
      const [own, judge] = [momentsOf(fitted, part), momentsOf(held, part)];
      for (const [at, tried] of ridges.entries()) {
        const { weights } = await ridge(own, startOf(part), tried, pause);
        errors[at]! += sum(errorsOf(judge, weights));
      }
    }
    share = ridges[errors.indexOf(Math.min(...errors))] ?? share;
    fitted.merge(held);
  }
  const weights = new Float64Array(start.length);
  const offsets = new Float64Array(groups * outputs);
  const variances = new Float64Array(groups * outputs);
  const inputMeans: Float64Array[] = [];
  let [before, after, power] = [0, 0, 0];
  for (let part = 0; part < groups; part++) {
    const moments = momentsOf(fitted, part);
    const solved = await ridge(moments, startOf(part), share, pause);
    weights.set(solved.weights, part * outputs * depth);
    offsets.set(solved.offsets, part * outputs);
    variances.set(spread(moments, solved.weights), part * outputs);
    inputMeans.push(moments.inputMeans);
    before += sum(errorsOf(moments, startOf(part))) + shiftError(moments, startOf(part), startOffsets(repair, part));
    after += sum(errorsOf(moments, solved.weights));
    power += sum(moments.power);
  }
  return { weights, offsets, variances, inputMeans, before: power > 0 ? before / power : 0, after: power > 0 ? after / power : 0 };
}

/** Squared distance of the means that the offsets leave. */
function shiftError(moments: CentredMoments, weights: Float64Array, offsets: Float64Array): number {
  return withOffsets(moments, weights).offsets.reduce((total, best, o) => total + (best - offsets[o]!) ** 2, 0);
}

function startOffsets({ product, chain }: Repair, part: number): Float64Array {
  const { outputs } = product.shape;
  return Float64Array.from({ length: outputs }, (_, o) => {
    const row = part * outputs + o;
    const bias = product.bias?.[row] ?? 0;
    return chain.follower ? chain.follower.factors[row]! * bias + chain.follower.shifts[row]! : bias;
  });
}

/** Variance of each output: w Cov wᵀ. */
function spread(moments: CentredMoments, weights: Float64Array): Float64Array {
  const nothing = { ...moments, cross: new Float64Array(moments.cross.length), power: new Float64Array(moments.outputs) };
  return errorsOf(nothing, weights);
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
