import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { heldSharing } from '../../../../src/engine/prune/cluster/held-sharing.ts';
import { kMeans } from '../../../../src/engine/prune/cluster/k-means.ts';
import { shareWeights } from '../../../../src/engine/prune/cluster/share.ts';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { buildModel } from '../../../support/model-builder.ts';

/** Least sum of squares over all ways to cut a sorted list into `count` runs. */
function bruteForce(sorted: readonly number[], count: number): number {
  if (count === 1) {
    const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
    return sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  }
  let best = Infinity;
  for (let first = 1; first <= sorted.length - count + 1; first++)
    best = Math.min(best, bruteForce(sorted.slice(0, first), 1) + bruteForce(sorted.slice(first), count - 1));
  return best;
}

const costOf = (sorted: Float32Array, { centres, ends }: ReturnType<typeof kMeans>): number => {
  let sum = 0;
  for (let i = 0, run = 0; i < sorted.length; i++) {
    while (i >= ends[run]!) run++;
    sum += (sorted[i]! - centres[run]!) ** 2;
  }
  return sum;
};

describe('k-means on a line', () => {
  it('finds the best clusters of all', () => {
    const value = fc.integer({ min: -40, max: 40 }).map((n) => n / 8);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (list, count) => {
        const sorted = Float32Array.from(list).sort();
        const found = kMeans(sorted, count);
        const most = Math.min(count, new Set(sorted).size);
        expect(found.centres.length).toBe(most);
        expect(costOf(sorted, found)).toBeCloseTo(bruteForce(Array.from(sorted), most), 9);
      }),
    );
  });

  it('leaves of a normal distribution what Max found for its best quantizer', () => {
    const random = seededRandom(3);
    const sorted = Float32Array.from({ length: 200_000 }, () => random.normal()).sort();
    // Max, Quantizing for minimum distortion, IRE Trans. Inf. Theory 6, 1960, table 1: mean squared errors.
    for (const [count, error] of [
      [4, 0.1175],
      [16, 0.009497],
    ] as const)
      // prettier-ignore
      expect(costOf(sorted, kMeans(sorted, count)) / sorted.length / error).toBeCloseTo(1, 1);
  });
});

describe('shared weights', () => {
  it('are few, keep zeros, and each is the nearest of the codebook', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 20 }), fc.boolean(), (seed, count, sparse) => {
        const random = seededRandom(seed);
        const weights = Float32Array.from({ length: 300 }, () => (sparse && random.next() < 0.5 ? 0 : random.normal()));
        const { values, codebook, error } = shareWeights(weights, count);
        const book = new Set(values);
        expect(book.size).toBe(codebook);
        expect(codebook).toBeLessThanOrEqual(count);
        expect(error).toBeLessThan(1);
        const others = [...book].filter((value) => value !== 0);
        for (const [i, weight] of weights.entries()) {
          if (weight === 0) expect(values[i]).toBe(0);
          else
            expect(Math.abs(weight - values[i]!)).toBeLessThanOrEqual(Math.min(...others.map((value) => Math.abs(weight - value))) + 1e-6);
        }
      }),
      { numRuns: 40 },
    );
    expect(shareWeights(new Float32Array(5), 4)).toEqual({ values: new Float32Array(5), codebook: 1, error: 0 });
    expect(Array.from(shareWeights(Float32Array.of(1, 2, 1), 16).values)).toEqual([1, 2, 1]);
  });

  it('move together while they are trained', () => {
    const weights = Float32Array.of(1, 1, 2, 0, 0, 2, 1, 1);
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 2] }],
      initializers: { w: Tensor.float32([2, 4], weights) },
      nodes: [['MatMul', ['x', 'w'], ['y']]],
      outputs: ['y'],
    });
    const parameter = { name: 'w', dims: [2, 4], offset: 1, size: 8, layer: 'MatMul_0', decays: true };
    const held = heldSharing(model.graph, [parameter])!;
    const flat = Float32Array.of(9, 1.1, 1.3, 2.5, 0.3, -0.3, 1.5, 1, 1);
    held.apply(flat, { step: 1, stepsPerEpoch: 1, epochs: 1 });
    const mean = Math.fround((1.1 + 1.3 + 1 + 1) / 4);
    expect(Array.from(flat, (value) => value.toFixed(5))).toEqual([9, mean, mean, 2, 0, 0, 2, mean, mean].map((value) => value.toFixed(5)));
    model.graph.initializers.set('w', Tensor.float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(heldSharing(model.graph, [parameter])).toBeUndefined();
  });
});
