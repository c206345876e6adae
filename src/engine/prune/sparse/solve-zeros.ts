import type { Pause } from '../../layerwise/cholesky.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import type { Chain } from '../compensate/chain.ts';
import { storedOrder, type Product } from '../compensate/product.ts';
import { centre, damped, errorsOf, meanVariance, withOffsets, type CentredMoments } from '../compensate/ridge.ts';
import type { Solution } from '../compensate/solve-repair.ts';
import { alternate, type ChooseRows } from './alternate.ts';
import { chooseZeros, type SparseLayer, type ZeroChoice } from './choose-zeros.ts';
import { descendOnSupport, type RowsForm } from './on-support.ts';

/** Share of the mean variance that draws weights to where they were. */
const ridgeShare = 1e-2;

export interface ZeroProblem extends Pick<ZeroChoice, 'pattern' | 'score'> {
  readonly product: Product;
  readonly chain: Chain;
  readonly layer: SparseLayer;
  /** Whether zeros may be others than those that the criterion names, where the error is smaller so. */
  readonly free: boolean;
  /** Most of the pictures, and those that were held out to compare candidates. They are merged. */
  readonly fitted: SecondMoment;
  readonly held: SecondMoment | undefined;
}

export interface ZeroSolution extends Solution {
  /** In the stored tensor's order: 1 where an element is zero. */
  readonly zeros: Uint8Array;
}

/**
 * Which weights of a layer become zero, and what the others become, so that the mean squared error of the layer's output is small: the criterion's zeros with the rest solved for, and zeros and weights
 * found together; held-out pictures choose. Throws Cancelled.
 */
export async function solveZeros(problem: ZeroProblem, pause: Pause): Promise<ZeroSolution> {
  const { product, chain, fitted, held, free } = problem;
  const { depth, outputs, groups } = product.shape;
  const canShift = chain.follower !== undefined || product.node.op !== 'MatMul';
  const factors = Float64Array.from({ length: product.channels }, (_, row) => chain.follower?.factors[row] ?? 1);
  const start = product.weights.map((weight, i) => weight * factors[Math.floor(i / depth)]!);
  const centred = (moment: SecondMoment): CentredMoments[] =>
    Array.from({ length: groups }, (_, part) => centre(moment.group(part), outputs, canShift));
  const places = storedOrder(product, Float64Array.from(start.keys()));
  const named = namedZeros(problem, places);
  let own = centred(fitted);
  let zeros = named;
  if (free && isSmall(product)) {
    const forms = formsOf(own, start);
    const found = await alternate(forms, start, chooser(problem, places), pause);
    const judges = held ? centred(held) : own;
    const [a, b] = [errorOf(judges, await fit(forms, start, named, pause)), errorOf(judges, await fit(forms, start, found, pause))];
    if (b < a) zeros = found;
  }
  if (held) {
    fitted.merge(held);
    own = centred(fitted);
  }
  const cut = start.map((weight, i) => (named[i] ? 0 : weight));
  const weights = isSmall(product) ? await fit(formsOf(own, start), start, zeros, pause) : cut;
  const power = own.reduce((sum, { power: each }) => sum + total(each), 0);
  const shares = [cut, weights].map((tried) => (power > 0 ? errorOf(own, tried) / power : 0)) as [number, number];
  const rows = own.map((moments, part) => ({ moments, weights: partOf(weights, part, outputs * depth) }));
  return {
    weights,
    zeros: Uint8Array.from(places, (place) => zeros[place]!),
    offsets: Float64Array.from(rows.flatMap((one) => Array.from(withOffsets(one.moments, one.weights).offsets))),
    variances: Float64Array.from(rows.flatMap((one) => Array.from(variancesOf(one.moments, one.weights)))),
    inputMeans: own.map(({ inputMeans }) => inputMeans),
    before: shares[0],
    after: shares[1],
  };
}

/** Multiply-adds of one round on one group above which only biases are solved for: some seconds. */
const mostWork = 4e8;
const isSmall = ({ shape }: Product): boolean => shape.outputs * shape.depth ** 2 <= mostWork;

/** Zeros that the criterion names, by row. `places`: row-wise index of each stored element. */
function namedZeros({ layer, pattern, score }: ZeroProblem, places: Float64Array): Uint8Array {
  return inRows(chooseZeros({ layers: [{ ...layer, pooled: false }], pattern, score }).get(layer.site.tensor)!, places);
}

const chooser =
  ({ layer, pattern }: ZeroProblem, places: Float64Array): ChooseRows =>
  (weights, worth, progress) => {
    const values = Float32Array.from(places, (place) => weights[place]!);
    const scores = Float32Array.from(places, (place) => worth[place]!);
    const choice = { layers: [{ ...layer, pooled: false }], pattern, score: { of: () => scores } };
    return inRows(chooseZeros(choice, progress, () => values).get(layer.site.tensor)!, places);
  };

function inRows(stored: Uint8Array, places: Float64Array): Uint8Array {
  const rows = new Uint8Array(stored.length);
  for (let i = 0; i < stored.length; i++) rows[places[i]!] = stored[i]!;
  return rows;
}

/** What is to be made least for each group: the error, and a pull to where the weights were. */
const formsOf = (moments: readonly CentredMoments[], start: Float64Array): RowsForm[] =>
  moments.map((own, part) => {
    const { depth, outputs, cross } = own;
    const added = Math.max(ridgeShare * meanVariance(own), Number.MIN_VALUE);
    const before = partOf(start, part, outputs * depth);
    return { depth, matrix: damped(own, added), right: cross.map((value, i) => value + added * before[i]!) };
  });

/** The best weights with these zeros. */
async function fit(forms: readonly RowsForm[], start: Float64Array, zeros: Uint8Array, pause: Pause): Promise<Float64Array> {
  const weights = start.map((weight, i) => (zeros[i] ? 0 : weight));
  for (const [part, form] of forms.entries()) {
    const { depth, right } = form;
    for (let row = 0; row * depth < right.length; row++) {
      await pause();
      const from = part * right.length + row * depth;
      descendOnSupport(form, row, weights.subarray(from, from + depth), (i) => zeros[from + i] === 0);
    }
  }
  return weights;
}

const partOf = (weights: Float64Array, part: number, size: number): Float64Array => weights.subarray(part * size, (part + 1) * size);

const errorOf = (moments: readonly CentredMoments[], weights: Float64Array): number =>
  moments.reduce((sum, own, part) => sum + total(errorsOf(own, partOf(weights, part, own.outputs * own.depth))), 0);

/** Variance of each output. */
const variancesOf = (own: CentredMoments, weights: Float64Array): Float64Array =>
  errorsOf({ ...own, cross: new Float64Array(own.cross.length), power: new Float64Array(own.outputs) }, weights);

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
