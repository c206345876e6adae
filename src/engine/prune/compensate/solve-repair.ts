import { cholesky, solveCholesky, type Pause } from '../../layerwise/cholesky.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import type { LayerResiduals } from './residuals.ts';
import { centre, damped, errorsOf, meanVariance, ridge, withOffsets, type CentredMoments } from './ridge.ts';
import type { Chain } from './chain.ts';
import type { Product } from './product.ts';

/** Ridges that are tried, as shares of the mean variance of the inputs; pictures that were held out decide. */
const ridges = [1e-3, 5e-3, 2.5e-2, 0.12, 0.6];
/** Without such pictures. */
const usualRidge = 1e-2;

/** Steps of the refinement behind activation functions, and the part of the error that one has to gain for another to follow. */
const mostSteps = 6;
const leastGain = 0.002;

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

/** What is known of a layer after the pictures. */
export interface RepairMoments {
  /** Most of the pictures, and those that were held out. */
  readonly fitted: SecondMoment;
  readonly held: SecondMoment | undefined;
  /** Where an activation function follows that hides a part of the outputs. */
  readonly residuals: LayerResiduals | undefined;
}

/**
 * Least squares for the layer, with the ridge that serves the held-out pictures best, on all pictures; then some steps in which outputs that the activation function
 * hides on both sides count no more (targets in the manner of arXiv:1505.06798, section 3.2). Merges the moments. Throws Cancelled.
 */
export async function solveRepair(product: Product, chain: Chain, given: RepairMoments, pause: Pause): Promise<Solution> {
  const parts = new Parts(product, chain);
  const share = given.held ? await bestRidge(parts, given.fitted, given.held, pause) : usualRidge;
  if (given.held) given.fitted.merge(given.held);
  const moments = parts.moments(given.fitted);
  const first: Solved[] = [];
  for (const [part, own] of moments.entries()) first.push(await ridge(own, parts.start(part), share, pause));
  let solved = joinParts(first);
  if (given.residuals) solved = await refine(parts, moments, share, solved, given.residuals, pause);
  const each = moments.map((own, part) => ({ own, weights: parts.of(solved.weights, part), start: parts.start(part) }));
  const power = total(each, ({ own }) => sum(own.power));
  const before = total(
    each,
    ({ own, start }, part) => sum(errorsOf(own, start)) + shiftError(own, start, startOffsets(product, chain, part)),
  );
  const after = total(each, ({ own, weights }) => sum(errorsOf(own, weights)));
  return {
    ...solved,
    variances: Float64Array.from(each.flatMap(({ own, weights }) => Array.from(spread(own, weights)))),
    inputMeans: moments.map(({ inputMeans }) => inputMeans),
    before: power > 0 ? before / power : 0,
    after: power > 0 ? after / power : 0,
  };
}

interface Solved {
  readonly weights: Float64Array;
  readonly offsets: Float64Array;
}

/** A layer's groups, each a problem of its own. */
class Parts {
  readonly #start: Float64Array;
  /** Whether there is a bias to take up the means. */
  readonly canShift: boolean;

  constructor(
    readonly product: Product,
    chain: Chain,
  ) {
    const { depth } = product.shape;
    this.canShift = chain.follower !== undefined || product.node.op !== 'MatMul';
    this.#start = product.weights.map((weight, i) => weight * (chain.follower?.factors[Math.floor(i / depth)] ?? 1));
  }

  moments(moment: SecondMoment): CentredMoments[] {
    const { groups, outputs } = this.product.shape;
    return Array.from({ length: groups }, (_, part) => centre(moment.group(part), outputs, this.canShift));
  }

  /** A part's rows of weights. */
  of(weights: Float64Array, part: number): Float64Array {
    const { outputs, depth } = this.product.shape;
    return weights.subarray(part * outputs * depth, (part + 1) * outputs * depth);
  }

  /** The weights as they are. */
  start(part: number): Float64Array {
    return this.of(this.#start, part);
  }
}

async function bestRidge(parts: Parts, fitted: SecondMoment, held: SecondMoment, pause: Pause): Promise<number> {
  const errors = new Float64Array(ridges.length);
  const [own, judges] = [parts.moments(fitted), parts.moments(held)];
  for (const [part, moments] of own.entries()) {
    for (const [at, share] of ridges.entries()) {
      const { weights } = await ridge(moments, parts.start(part), share, pause);
      errors[at]! += sum(errorsOf(judges[part]!, weights));
    }
  }
  return ridges[errors.indexOf(Math.min(...errors))] ?? usualRidge;
}

/**
 * Proximal steps with momentum towards the least error behind the activation function: what outputs lack there is solved for on the same moments. The best weights seen
 * are kept, which may be those it began with.
 */
async function refine(
  parts: Parts,
  moments: readonly CentredMoments[],
  share: number,
  start: Solved,
  residuals: LayerResiduals,
  pause: Pause,
): Promise<Solved> {
  const { outputs, depth } = parts.product.shape;
  const factors: Float64Array[] = [];
  for (const own of moments) {
    const added = share * meanVariance(own);
    if (!(added > 0)) return start;
    factors.push(await cholesky(damped(own, added), depth, added, pause));
  }
  let [best, bestError] = [start, Infinity];
  let [at, last] = [start, start];
  for (let step = 0; step <= mostSteps; step++) {
    const { cross, means, error } = await residuals.measure(at.weights, at.offsets);
    if (!(error < bestError)) break;
    const gain = 1 - error / bestError;
    [best, bestError] = [at, error];
    if (gain < leastGain || step === mostSteps) break;
    const next = { weights: at.weights.slice(), offsets: at.offsets.slice() };
    for (const [part, own] of moments.entries()) {
      const added = share * meanVariance(own);
      const [weights, origin] = [parts.of(next.weights, part), parts.start(part)];
      for (let o = 0; o < outputs; o++) {
        await pause();
        const mean = means[part * outputs + o]!;
        const change = Float64Array.from({ length: depth }, (_, i) => {
          const seen = cross[(part * depth + i) * outputs + o]! - own.inputMeans[i]! * mean;
          return seen - added * (weights[o * depth + i]! - origin[o * depth + i]!);
        });
        solveCholesky(factors[part]!, depth, change);
        let shift = mean;
        for (let i = 0; i < depth; i++) {
          weights[o * depth + i]! += change[i]!;
          shift -= change[i]! * own.inputMeans[i]!;
        }
        if (parts.canShift) next.offsets[part * outputs + o]! += shift;
      }
    }
    at = extrapolated(next, last, step / (step + 3));
    last = next;
  }
  return best;
}

const extrapolated = (to: Solved, from: Solved, momentum: number): Solved => ({
  weights: to.weights.map((value, i) => value + momentum * (value - from.weights[i]!)),
  offsets: to.offsets.map((value, i) => value + momentum * (value - from.offsets[i]!)),
});

function joinParts(parts: readonly Solved[]): Solved {
  const all = (name: keyof Solved): Float64Array => {
    const joined = new Float64Array(parts.reduce((length, part) => length + part[name].length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part[name], at);
      at += part[name].length;
    }
    return joined;
  };
  return { weights: all('weights'), offsets: all('offsets') };
}

/** Squared distance of the means that the offsets leave. */
function shiftError(moments: CentredMoments, weights: Float64Array, offsets: Float64Array): number {
  return withOffsets(moments, weights).offsets.reduce((whole, best, o) => whole + (best - offsets[o]!) ** 2, 0);
}

function startOffsets(product: Product, chain: Chain, part: number): Float64Array {
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

const total = <T>(values: readonly T[], of: (value: T, index: number) => number): number =>
  values.reduce((whole, value, index) => whole + of(value, index), 0);
