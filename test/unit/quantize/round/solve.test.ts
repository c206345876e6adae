import { systemClock } from '../../../../src/engine/base/context.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { cholesky, solveCholesky } from '../../../../src/engine/layerwise/cholesky.ts';
import { solveLayer, type LayerProblem } from '../../../../src/engine/quantize/round/solve-layer.ts';
import { SecondMoment } from '../../../../src/engine/statistics/second-moment.ts';

const { signal } = new AbortController();
const context = { signal, clock: systemClock };

interface Case {
  readonly moment: SecondMoment;
  readonly weights: Float64Array;
  /** Mean squared error of codes and scale of a row, with the best bias, straight from the samples. */
  readonly error: (codes: ArrayLike<number>, row: number, scale: number, bias?: number) => number;
}

/** Correlated inputs with a mean, and targets of `weights` on inputs that differ a little. */
function made(seed: number, depth: number, rows: number): Case {
  const random = seededRandom(seed, 'case');
  const samples = 60;
  const mix = Float64Array.from({ length: depth * depth }, () => random.normal());
  const weights = Float64Array.from({ length: rows * depth }, () => random.normal());
  const xs: number[][] = [];
  const ys: number[][] = [];
  for (let s = 0; s < samples; s++) {
    const base = Array.from({ length: depth }, () => random.normal());
    const x = base.map((_, i) => Math.fround(1 + base.reduce((sum, value, j) => sum + mix[i * depth + j]! * value, 0)));
    xs.push(x);
    ys.push(Array.from({ length: rows }, (_, r) => Math.fround(x.reduce((sum, value, i) => sum + weights[r * depth + i]! * value, 0.3 * random.normal())))); // prettier-ignore
  }
  const moment = new SecondMoment({ groups: 1, depth, outputs: rows }, { input: 20, target: 80 });
  xs.forEach((x, s) => {
    const y = ys[s]!;
    moment.add(
      {
        products: Float32Array.from(x.flatMap((a) => x.map((b) => a * b))),
        inputs: Float32Array.from(x),
        cross: Float32Array.from(x.flatMap((a) => y.map((b) => a * b))),
        targets: Float32Array.from(y),
        squares: Float32Array.from(y, (value) => value * value),
      },
      { pictures: 1, positions: 1 },
    );
  });
  const error: Case['error'] = (codes, row, scale, bias) => {
    const rests = xs.map((x, s) => ys[s]![row]! - scale * x.reduce((sum, value, i) => sum + codes[i]! * value, 0));
    const mean = bias ?? rests.reduce((a, b) => a + b, 0) / samples;
    return rests.reduce((sum, rest) => sum + (rest - mean) ** 2, 0) / samples;
  };
  return { moment, weights, error };
}

function problem({ moment, weights }: Case, highest: number, different: Partial<LayerProblem> = {}): LayerProblem {
  const { depth, outputs } = moment.shape;
  const scales = Float32Array.from({ length: outputs }, (_, row) => {
    return weights.subarray(row * depth, (row + 1) * depth).reduce((a, b) => Math.max(a, Math.abs(b)), 0) / highest;
  });
  const codes = Int16Array.from(weights, (weight, i) => Math.round(weight / scales[Math.floor(i / depth)]!));
  return {
    moment, weights, centred: true, grids: [{ lowest: -highest, highest, step: 1 }], partners: undefined, pairLimit: 128,
    before: { codes, scales }, factors: [], neighbours: [], leastScales: undefined, ...different,
  }; // prettier-ignore
}

describe('rounding on the second moment', () => {
  it('never raises the error, and comes near the best of all roundings', async () => {
    let [ours, best, plain] = [0, 0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const given = made(seed, 6, 1);
      const asked = problem(given, 1);
      const { codes, scales } = await solveLayer(asked, context);
      const error = given.error(codes, 0, scales[0]!);
      const before = given.error(asked.before.codes, 0, scales[0]!);
      expect(error).toBeLessThanOrEqual(before * (1 + 1e-5));
      let least = Infinity;
      for (let word = 0; word < 3 ** 6; word++) {
        const all = Array.from({ length: 6 }, (_, i) => (Math.floor(word / 3 ** i) % 3) - 1);
        least = Math.min(least, given.error(all, 0, scales[0]!));
      }
      ours += Math.log(error / least);
      plain += Math.log(before / least);
      best++;
    }
    // Factor over the optimum, geometric mean.
    expect(Math.exp(ours / best)).toBeLessThan(1.35);
    expect(Math.exp(plain / best)).toBeGreaterThan(1.6);
  });

  it('says of the error what the samples say, and gives the best bias', async () => {
    const given = made(7, 9, 3);
    const asked = problem(given, 3);
    const { codes, scales, bias, loss } = await solveLayer(asked, context);
    const power = [0, 1, 2].reduce((sum, row) => sum + given.error(new Int16Array(9), row, 0), 0);
    const total = (all: Int16Array, by: ArrayLike<number>, biases?: Float64Array): number =>
      [0, 1, 2].reduce((sum, row) => sum + given.error(all.subarray(row * 9), row, by[row]!, biases?.[row]), 0) / power;
    expect(loss.before).toBeCloseTo(total(asked.before.codes, asked.before.scales), 5);
    expect(loss.after).toBeCloseTo(total(codes, scales), 5);
    expect(total(codes, scales, bias)).toBeCloseTo(loss.after, 5);
  });

  it('stays on the grid and lets no two neighbours pass the limit of saturation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 100, max: 200 }), async (seed) => {
        const given = made(seed, 8, 2);
        const partners = Int32Array.from([1, 0, 3, 2, 5, 4, -1, -1]);
        const asked = problem(given, 127, { partners });
        for (let i = 0; i < asked.before.codes.length; i++) asked.before.codes[i] = Math.trunc(asked.before.codes[i]! / 2);
        const { codes } = await solveLayer(asked, context);
        codes.forEach((code, i) => {
          expect(Math.abs(code)).toBeLessThanOrEqual(127);
          const partner = partners[i % 8]!;
          const beside = partner < 0 ? 0 : codes[i - (i % 8) + partner]!;
          if (code * beside > 0) expect(Math.abs(code + beside)).toBeLessThanOrEqual(128);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('takes grids without zero (binary) and with a zero point off the middle', async () => {
    const given = made(3, 7, 2);
    const signs = { codes: Int16Array.from(given.weights, (weight) => (weight < 0 ? -1 : 1)), scales: Float32Array.of(0.8, 0.8) };
    const binary = await solveLayer(problem(given, 1, { grids: [{ lowest: -1, highest: 1, step: 2 }], before: signs }), context);
    expect([...binary.codes].every((code) => Math.abs(code) === 1)).toBe(true);
    expect(binary.codes).not.toEqual(signs.codes);
    expect(binary.loss.after).toBeLessThan(binary.loss.before);
    const uneven = await solveLayer(problem(given, 3, { grids: [{ lowest: -1, highest: 6, step: 1 }] }), context);
    expect(Math.max(...uneven.codes)).toBeLessThanOrEqual(6);
  });

  it('chooses one scale for all rows where they share it, by what all of them lose', async () => {
    const given = made(11, 6, 4);
    const own = problem(given, 3);
    const scale = own.before.scales.reduce((a, b) => Math.max(a, b));
    const codes = Int16Array.from(given.weights, (weight) => Math.max(-3, Math.min(3, Math.round(weight / scale))));
    const asked = { ...own, before: { codes, scales: Float32Array.of(scale) }, factors: [0.25, 0.5, 2], neighbours: 'all' as const };
    const found = await solveLayer(asked, context);
    expect(found.scales).toHaveLength(1);
    expect([0.25, 0.5, 1, 2].map((factor) => Math.fround(scale * factor))).toContain(found.scales[0]);
    expect(found.loss.after).toBeLessThanOrEqual(found.loss.before);
    const alone = await solveLayer({ ...asked, factors: [] }, context);
    expect(found.loss.after).toBeLessThanOrEqual(alone.loss.after + 1e-9);
  });

  it('of a constant input keeps the weights as they were and puts all into the bias', async () => {
    const moment = new SecondMoment({ groups: 1, depth: 2, outputs: 1 }, { input: 2, target: 2 });
    const ones = { products: new Float32Array(4).fill(1), inputs: new Float32Array(2).fill(1), cross: new Float32Array(2).fill(0.75), targets: Float32Array.of(0.75), squares: Float32Array.of(0.5625) }; // prettier-ignore
    moment.add(ones, { pictures: 1, positions: 1 });
    const given = { moment, weights: Float64Array.of(0.5, -0.25), error: () => 0 };
    const { bias, codes, scales } = await solveLayer(problem(given, 7), context);
    expect(scales[0]! * (codes[0]! + codes[1]!) + bias[0]!).toBeCloseTo(0.75, 5);
    expect([...codes, ...bias].every(Number.isFinite)).toBe(true);
  });

  it('is cancelled between rows', async () => {
    const given = made(5, 150, 60);
    const abort = new AbortController();
    abort.abort();
    await expect(solveLayer(problem(given, 3), { ...context, signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('cholesky', () => {
  it('factors and solves', async () => {
    const size = 12;
    const random = seededRandom(1, 'cholesky');
    const root = Float64Array.from({ length: size * size }, () => random.normal());
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        for (let k = 0; k < size; k++) matrix[i * size + j]! += root[i * size + k]! * root[j * size + k]! + (i === j ? 0.01 : 0);
    const wanted = Float64Array.from({ length: size }, () => random.normal());
    const rhs = Float64Array.from({ length: size }, (_, i) => wanted.reduce((sum, value, j) => sum + matrix[i * size + j]! * value, 0));
    solveCholesky(await cholesky(matrix, size, 1e-12, () => Promise.resolve()), size, rhs);
    wanted.forEach((value, i) => expect(rhs[i]).toBeCloseTo(value, 8));
  });
});
