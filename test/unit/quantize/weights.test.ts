import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { leastScalesForBias, quantizeBias } from '../../../src/engine/quantize/bias.ts';
import { rowsOf } from '../../../src/engine/quantize/rows.ts';
import { convolutionPairs, pairLimit, saturatingDot } from '../../../src/engine/quantize/saturation.ts';
import { quantizeWeights, weightSqnr, type WeightOptions } from '../../../src/engine/quantize/weights.ts';

const plain: WeightOptions = { type: DataType.int8, bits: 8, symmetric: true, axis: 0, range: 'max' };

function normalWeights(count: number, stream = 'weights'): Float32Array {
  const random = seededRandom(3, stream);
  return Float32Array.from({ length: count }, () => random.normal() * 0.1);
}

describe('rowsOf', () => {
  it('lists the elements of a channel along any axis', () => {
    const rows = rowsOf([2, 3, 4], 1);
    expect([rows.channels, rows.length]).toEqual([3, 8]);
    expect(Array.from({ length: 8 }, (_, i) => rows.offset(1, i))).toEqual([4, 5, 6, 7, 16, 17, 18, 19]);
  });
});

describe('quantizeWeights', () => {
  it('makes the largest weight of each channel the end of its grid', () => {
    const found = quantizeWeights([1, -2, 0.5, 0, 100, 50], [2, 3], plain);
    expect([...found.scales]).toEqual([Math.fround(2 / 127), Math.fround(100 / 127)]);
    expect([...found.data]).toEqual([64, -127, 32, 0, 127, 64]);
    expect([...found.zeroPoints]).toEqual([0, 0]);
  });

  it('stores uint8 about 128 with the same real values', () => {
    const weights = normalWeights(64);
    const signed = quantizeWeights(weights, [4, 16], plain);
    const unsigned = quantizeWeights(weights, [4, 16], { ...plain, type: DataType.uint8 });
    expect([...unsigned.data]).toEqual([...signed.data].map((code) => code + 128));
    expect(unsigned.noise).toBe(signed.noise);
  });

  it('takes one scale for the tensor, and channels along a later axis', () => {
    const weights = normalWeights(12);
    expect(quantizeWeights(weights, [3, 4], { ...plain, axis: undefined }).scales).toHaveLength(1);
    const byColumn = quantizeWeights(weights, [3, 4], { ...plain, axis: 1 });
    const column = [1, 5, 9].map((i) => Math.abs(weights[i]!));
    expect(byColumn.scales[1]).toBe(Math.fround(Math.max(...column) / 127));
  });

  it('keeps an all-zero channel at zero, and an empty tensor empty', () => {
    const found = quantizeWeights([0, 0, 1, 2], [2, 2], plain);
    expect([...found.data].slice(0, 2)).toEqual([0, 0]);
    expect(found.scales[0]).toBe(1);
    expect(quantizeWeights([], [0, 4], plain).scales).toHaveLength(0);
  });

  it('finds a scale no worse than any other on a fine grid of scales, at 4 bits', () => {
    const weights = normalWeights(600);
    const best = quantizeWeights(weights, [1, 600], { ...plain, bits: 4, range: 'mse' });
    const full = quantizeWeights(weights, [1, 600], { ...plain, bits: 4, range: 'max' });
    expect(best.noise).toBeLessThan(full.noise);
    const error = (scale: number): number =>
      weights.reduce((sum, w) => sum + (w - scale * Math.max(-7, Math.min(7, Math.round(w / scale)))) ** 2, 0);
    const least = Math.min(...Array.from({ length: 200 }, (_, i) => error((full.scales[0]! * (i + 1)) / 200)));
    expect(best.noise).toBeLessThan(least * 1.03);
  });

  it('gives asymmetric channels a zero point each', () => {
    const found = quantizeWeights([0, 1, 2, -3, -2, 0], [2, 3], { ...plain, type: DataType.uint8, symmetric: false });
    expect([...found.zeroPoints]).toEqual([0, 255]);
    expect([...found.data]).toEqual([0, 128, 255, 0, 85, 255]);
  });

  it('keeps every pair of neighbours below what saturates, for less than a bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }), fc.integer(), (channels, positions, seed) => {
        const random = seededRandom(seed);
        const depth = channels * positions;
        const weights = Float32Array.from({ length: 2 * depth }, () => random.normal());
        const pairs = convolutionPairs(channels, positions);
        const found = quantizeWeights(weights, [2, channels, positions], { ...plain, pairs });
        const free = quantizeWeights(weights, [2, channels, positions], plain);
        const full = new Uint8Array(depth).fill(255);
        for (let channel = 0; channel < 2; channel++) {
          const codes = found.data.subarray(channel * depth, (channel + 1) * depth);
          for (let i = 0; i < pairs.length; i += 2) {
            const [a, b] = [codes[pairs[i]!]!, codes[pairs[i + 1]!]!];
            if (a * b > 0) expect(Math.abs(a + b)).toBeLessThanOrEqual(pairLimit);
          }
          const positive = codes.map((code) => Math.max(0, code));
          expect(saturatingDot(full, positive, pairs)).toBe(255 * [...positive].reduce((a, b) => a + b, 0));
        }
        expect(found.noise).toBeLessThan(Math.max(free.noise * 6, 1e-2));
      }),
    );
  });

  it('chooses the scale with room for neighbours where that is best, and gives the SQNR', () => {
    // Two equal neighbours: both must halve.
    const pair = quantizeWeights([1, 1], [1, 2, 1], { ...plain, pairs: convolutionPairs(2, 1) });
    expect([...pair.data]).toEqual([64, 64]);
    expect(weightSqnr({ signal: 100, noise: 1 })).toBe(20);
    expect(weightSqnr({ signal: 1, noise: 0 })).toBeNull();
  });
});

describe('biases', () => {
  it('fit int32 because the channel’s weights make room', () => {
    // A dead channel after folding: weights of 1e-9 under a bias of 5.
    const least = leastScalesForBias([5, 0.1], 0.02);
    const weights = quantizeWeights([1e-9, -1e-9, 0.5, 0.25], [2, 2], { ...plain, leastScales: least });
    const bias = quantizeBias([5, 0.1], { kind: 'int32', inputScale: 0.02 }, weights.scales);
    expect(bias.data[0]! * bias.scales[0]!).toBeCloseTo(5, 5);
    expect(bias.data[1]! * bias.scales[1]!).toBeCloseTo(0.1, 4);
    expect(Math.max(...bias.data)).toBeLessThanOrEqual(2 ** 29 + 1);
    expect(weights.scales[1]).toBe(Math.fround(0.5 / 127));
  });

  it('round to the nearest step of input scale times weight scale', () => {
    const bias = quantizeBias([0.1, -0.1], { kind: 'int32', inputScale: 0.5 }, Float32Array.of(0.25));
    expect([...bias.scales]).toEqual([0.125]);
    expect([...bias.data]).toEqual([1, -1]);
  });
});
