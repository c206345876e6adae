import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../../src/engine/base/context.ts';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { cholesky, solveCholesky } from '../../../../src/engine/layerwise/cholesky.ts';
import { cloneModel } from '../../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { alternate } from '../../../../src/engine/prune/sparse/alternate.ts';
import { chooseZeros, compensateZeros, planSparse, setZeros, type SparseSettings } from '../../../../src/engine/prune/sparse/index.ts';
import { descendOnSupport, type RowsForm } from '../../../../src/engine/prune/sparse/on-support.ts';
import { weightSites } from '../../../../src/engine/prune/sparse/weight-sites.ts';
import { residualNetwork } from '../../../support/trained-networks.ts';
import { noiseDataset } from '../../../support/fake-dataset.ts';
import { noise, run, runtime, sqnr } from '../../quantize/support.ts';

const pause = async (): Promise<void> => {};

/** Correlated inputs, targets of random weights. */
function form(seed: number, depth: number, rows: number): { form: RowsForm; start: Float64Array } {
  const random = seededRandom(seed);
  const mix = Float64Array.from({ length: depth * depth }, () => random.normal());
  const matrix = new Float64Array(depth * depth);
  for (let i = 0; i < depth; i++)
    for (let j = 0; j < depth; j++) {
      let sum = i === j ? 0.3 : 0;
      for (let k = 0; k < depth; k++) sum += (mix[i * depth + k]! * mix[j * depth + k]!) / depth;
      matrix[i * depth + j] = sum;
    }
  const start = Float64Array.from({ length: rows * depth }, () => random.normal());
  const right = new Float64Array(rows * depth);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < depth; i++)
      for (let j = 0; j < depth; j++) right[row * depth + i]! += matrix[i * depth + j]! * start[row * depth + j]!;
  return { form: { depth, matrix, right }, start };
}

/** The form's value of one row: w H wᵀ - 2 w bᵀ. */
function valueOf({ depth, matrix, right }: RowsForm, weights: ArrayLike<number>, row = 0): number {
  let sum = 0;
  for (let i = 0; i < depth; i++) {
    sum -= 2 * weights[i]! * right[row * depth + i]!;
    for (let j = 0; j < depth; j++) sum += weights[i]! * matrix[i * depth + j]! * weights[j]!;
  }
  return sum;
}

/** The best weights with these places, by Cholesky on what is left. */
async function exact({ depth, matrix, right }: RowsForm, places: readonly number[]): Promise<Float64Array> {
  const size = places.length;
  const part = Float64Array.from({ length: size * size }, (_, at) => matrix[places[Math.floor(at / size)]! * depth + places[at % size]!]!);
  const solved = Float64Array.from(places, (place) => right[place]!);
  solveCholesky(await cholesky(part, size, 1e-12, pause), size, solved);
  const weights = new Float64Array(depth);
  places.forEach((place, i) => (weights[place] = solved[i]!));
  return weights;
}

describe('weights around zeros', () => {
  it('are those of least squares', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { form: given, start } = form(seed, 12, 1);
      const places = [0, 2, 3, 7, 8, 11];
      const weights = start.map((weight, i) => (places.includes(i) ? weight : 0));
      descendOnSupport(given, 0, weights, (i) => places.includes(i));
      const best = await exact(given, places);
      expect(valueOf(given, weights)).toBeLessThan(valueOf(given, best) + 1e-3 * Math.abs(valueOf(given, best)));
      for (let i = 0; i < 12; i++) if (!places.includes(i)) expect(weights[i]).toBe(0);
    }
  });
});

describe('zeros and weights found together', () => {
  it('come near the best zeros of all, and are better than the smallest weights', async () => {
    let [ours, best, plain] = [0, 0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const depth = 10;
      const { form: given, start } = form(seed, depth, 1);
      const lowest = (scores: ArrayLike<number>, count: number): Uint8Array => {
        const order = Array.from({ length: depth }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
        return Uint8Array.from({ length: depth }, (_, i) => Number(order.indexOf(i) < count));
      };
      const choose = (_: Float64Array, worth: Float64Array, progress: number): Uint8Array => lowest(worth, Math.round(5 * progress));
      const value = async (zeros: ArrayLike<number>): Promise<number> =>
        valueOf(
          given,
          await exact(
            given,
            Array.from({ length: depth }, (_, i) => i).filter((i) => !zeros[i]),
          ),
        ) - valueOf(given, start);
      ours += await value(await alternate([given], start, choose, pause));
      plain += await value(lowest(start.map(Math.abs), 5));
      let least = Infinity;
      for (let word = 0; word < 2 ** depth; word++) {
        const zeros = Array.from({ length: depth }, (_, i) => (word >> i) & 1);
        if (zeros.reduce((sum, one) => sum + one, 0) === 5) least = Math.min(least, await value(zeros));
      }
      best += least;
    }
    expect(ours).toBeLessThan(0.97 * plain);
    expect(ours).toBeLessThan(1.12 * best);
  });
});

describe('a network that makes up for its zeros', () => {
  const settings: SparseSettings = {
    method: 'weights',
    sparsity: 0.7,
    pattern: '2:4',
    block: [4, 1],
    ramp: 0,
    scope: 'local',
    criterion: 'l1',
    seed: 0,
    layers: {},
  };
  const network = (): Model => residualNetwork(4, [8, 12], 'Relu');
  const dependencies = { runtime, context: plainContext(), dataset: noiseDataset(40, [3, 16, 16]) };
  const zerosOf = (model: Model): number[] => weightSites(model).sites.map(({ values }) => values.filter((value) => value === 0).length);

  it.each([{}, { method: 'n-m' as const }, { scope: 'global' as const, criterion: 'lamp' }])(
    'answers far nearer to the original on pictures it has not seen, with as many zeros: %j',
    async (own) => {
      const original = network();
      const plan = planSparse(original, { ...settings, ...own });
      const cut = network();
      setZeros(cut.graph, plan.layers.map(({ site }) => site), chooseZeros(plan)); // prettier-ignore
      const model = cloneModel(original);
      const solved = await compensateZeros(model, original, plan, own.criterion === undefined, dependencies);
      expect(solved.length).toBe(plan.layers.length);
      for (const { before, after } of solved) expect(after).toBeLessThanOrEqual(before);
      const [total, wanted] = [zerosOf(model), zerosOf(cut)].map((each) => each.reduce((a, b) => a + b, 0)) as [number, number];
      expect(Math.abs(total - wanted)).toBeLessThanOrEqual(plan.layers.length);
      const input = noise(8 * 768, 'unseen');
      const answer = (one: Model) => run(encodeModel(one), [8, 3, 16, 16], input, 'all');
      const wantedAnswer = await answer(original);
      expect(sqnr(wantedAnswer, await answer(model))).toBeGreaterThan(sqnr(wantedAnswer, await answer(cut)) + 2);
    },
    30_000,
  );
});
