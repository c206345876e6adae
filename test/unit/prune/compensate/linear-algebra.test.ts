import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { cholesky, invertCholesky } from '../../../../src/engine/layerwise/cholesky.ts';
import { BlockElimination } from '../../../../src/engine/prune/compensate/block-elimination.ts';
import { centre, errorsOf, meanVariance, ridge } from '../../../../src/engine/prune/compensate/ridge.ts';

const noPause = (): Promise<void> => Promise.resolve();
const dims = fc.record({ seed: fc.integer({ min: 0, max: 1e6 }), channels: fc.integer({ min: 2, max: 5 }), taps: fc.integer({ min: 1, max: 3 }), outputs: fc.integer({ min: 1, max: 4 }) }); // prettier-ignore

/** Samples of correlated inputs, and weights. */
function problem(seed: number, depth: number, outputs: number, samples = 4 * depth) {
  const random = seededRandom(seed, 'elimination');
  const mixing = Float64Array.from({ length: depth * depth }, () => random.normal());
  const x = Array.from({ length: samples }, () => {
    const raw = Float64Array.from({ length: depth }, () => random.normal());
    return Float64Array.from({ length: depth }, (_, i) => raw.reduce((sum, value, j) => sum + value * mixing[i * depth + j]!, 0.5));
  });
  const weights = Float64Array.from({ length: depth * outputs }, () => random.normal());
  return { x, weights, samples, random };
}

/** Solves A x = b by elimination with pivoting: another way than the product's. */
function gauss(a: number[][], b: number[][]): number[][] {
  const size = a.length;
  const rows = a.map((row, i) => [...row, ...b[i]!]);
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = 0; i < size; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j < rows[i]!.length; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  return rows.map((row, i) => row.slice(size).map((value) => value / row[i]!));
}

/** Least tr((W - W0)ᵀ H (W - W0)) over W that are zero outside `kept`: solved afresh. */
function leastError(moments: Float64Array, weights: Float64Array, depth: number, outputs: number, kept: readonly number[]): number {
  const h = (i: number, j: number): number => moments[i * depth + j]!;
  const target = kept.map((i) => Array.from({ length: outputs }, (_, o) => {
    let sum = 0;
    for (let j = 0; j < depth; j++) sum += h(i, j) * weights[j * outputs + o]!;
    return sum;
  })); // prettier-ignore
  const solved = kept.length ? gauss(kept.map((i) => kept.map((j) => h(i, j))), target) : []; // prettier-ignore
  let error = 0;
  for (let o = 0; o < outputs; o++) {
    const gap = Array.from({ length: depth }, (_, i) => (kept.includes(i) ? solved[kept.indexOf(i)]![o]! : 0) - weights[i * outputs + o]!);
    for (let i = 0; i < depth; i++) for (let j = 0; j < depth; j++) error += gap[i]! * h(i, j) * gap[j]!;
  }
  return error;
}

function momentsOf(x: readonly Float64Array[], depth: number, added: number): Float64Array {
  const moments = new Float64Array(depth * depth);
  for (const row of x)
    for (let i = 0; i < depth; i++) for (let j = 0; j < depth; j++) moments[i * depth + j]! += (row[i]! * row[j]!) / x.length;
  for (let i = 0; i < depth; i++) moments[i * depth + i]! += added;
  return moments;
}

describe('inverse from a Cholesky factor', () => {
  it('times the matrix is the identity', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1e6 }), async (size, seed) => {
        const { x } = problem(seed, size, 1);
        const matrix = momentsOf(x, size, 0.05);
        const inverse = await invertCholesky(await cholesky(matrix, size, Number.MIN_VALUE, noPause), size, noPause);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            let sum = 0;
            for (let k = 0; k < size; k++) sum += matrix[i * size + k]! * inverse[k * size + j]!;
            expect(sum).toBeCloseTo(i === j ? 1 : 0, 6);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('elimination of channels', () => {
  it('tells exactly what least squares without the channel costs, one removal after the other', async () => {
    await fc.assert(
      fc.asyncProperty(dims, async ({ seed, channels, taps, outputs }) => {
        const depth = channels * taps + 1;
        const { x, weights } = problem(seed, depth, outputs);
        const moments = momentsOf(x, depth, 0.1);
        const blocks = Array.from({ length: channels }, (_, c) => Int32Array.from({ length: taps }, (_, t) => c * taps + t));
        const elimination = await BlockElimination.of({ moments, weights, depth, outputs, blocks, scale: 1 }, noPause);
        let kept = Array.from({ length: depth }, (_, i) => i);
        let before = 0;
        for (let c = 0; c < channels; c++) {
          for (let other = c; other < channels; other++) {
            const without = kept.filter((i) => !blocks[other]!.includes(i));
            const least = leastError(moments, weights, depth, outputs, without);
            const cost = await elimination.cost(other, noPause);
            expect(cost).toBeCloseTo(least - before, 6);
          }
          await elimination.remove(c, noPause);
          kept = kept.filter((i) => !blocks[c]!.includes(i));
          before = leastError(moments, weights, depth, outputs, kept);
          for (const row of blocks[c]!)
            expect(Array.from(elimination.weights.subarray(row * outputs, (row + 1) * outputs))).toEqual(Array(outputs).fill(0));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('ridge towards the weights that are there', () => {
  it('is the minimum of error and distance, with the best offsets', async () => {
    await fc.assert(
      fc.asyncProperty(dims, async ({ seed, channels: depth, outputs }) => {
        const { x, weights, random } = problem(seed, depth, outputs);
        const y = x.map((row) =>
          Float64Array.from(
            { length: outputs },
            (_, o) => row.reduce((sum, value, i) => sum + value * (weights[o * depth + i]! + 0.2), 3) + 0.1 * random.normal(),
          ),
        );
        const mean = (of: readonly Float64Array[], i: number): number => of.reduce((sum, row) => sum + row[i]!, 0) / of.length;
        const given = {
          samples: x.length,
          inputProducts: momentsOf(x, depth, 0),
          crossProducts: Float64Array.from(
            { length: depth * outputs },
            (_, at) => x.reduce((sum, row, n) => sum + row[Math.floor(at / outputs)]! * y[n]![at % outputs]!, 0) / x.length,
          ),
          inputMeans: Float64Array.from({ length: depth }, (_, i) => mean(x, i)),
          targetMeans: Float64Array.from({ length: outputs }, (_, o) => mean(y, o)),
          targetSquares: Float64Array.from({ length: outputs }, (_, o) => y.reduce((sum, row) => sum + row[o]! ** 2, 0) / y.length),
        };
        const moments = centre(given, outputs, true);
        const share = 0.05;
        const solved = await ridge(moments, weights, share, noPause);
        const added = share * meanVariance(moments);
        const loss = (tried: Float64Array, offsets: Float64Array): number => {
          let sum = 0;
          for (let n = 0; n < x.length; n++) {
            for (let o = 0; o < outputs; o++) {
              let value = offsets[o]! - y[n]![o]!;
              for (let i = 0; i < depth; i++) value += tried[o * depth + i]! * x[n]![i]!;
              sum += value ** 2 / x.length;
            }
          }
          return sum + added * tried.reduce((total, value, i) => total + (value - weights[i]!) ** 2, 0);
        };
        const least = loss(solved.weights, solved.offsets);
        const distance = added * solved.weights.reduce((total, value, i) => total + (value - weights[i]!) ** 2, 0);
        expect(errorsOf(moments, solved.weights).reduce((a, b) => a + b, 0)).toBeCloseTo(least - distance, 6);
        for (let trial = 0; trial < 10; trial++) {
          const moved = solved.weights.map((value) => value + 0.01 * random.normal());
          const shifted = solved.offsets.map((value) => value + 0.01 * random.normal());
          expect(loss(moved, solved.offsets)).toBeGreaterThan(least);
          expect(loss(solved.weights, shifted)).toBeGreaterThan(least);
        }
      }),
      { numRuns: 40 },
    );
  });
});
