import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { isPacked, storedTensor, storedType } from '../../../src/engine/quantize/pack.ts';
import { blockRows, blockScaleDims } from '../../../src/engine/quantize/rows.ts';
import { convolutionPairs } from '../../../src/engine/quantize/saturation.ts';
import { dequantizedWeights, quantizeWeights, type WeightOptions } from '../../../src/engine/quantize/weights.ts';
import { leastErrorScale } from '../../../src/engine/quantize/weight-format/least-error-scale.ts';

const plain: WeightOptions = { type: DataType.int8, bits: 8, symmetric: true, axis: 0, range: 'mse' };

function normalWeights(count: number, stream = 'weights'): Float32Array {
  const random = seededRandom(9, stream);
  return Float32Array.from({ length: count }, () => random.normal() * 0.1);
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const clip = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

function errorAt(weights: ArrayLike<number>, scale: number, steps: number): number {
  return sum(Array.from(weights, (w) => (w - scale * clip(Math.round(w / scale), -steps, steps)) ** 2));
}

describe('the scale of least squared error', () => {
  it('is no worse than any of many scales, for 2 to 4 bits and rows of any kind', () => {
    const kinds = fc.constantFrom('normal', 'outlier', 'few values', 'one');
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 4), fc.integer({ min: 1, max: 12 }), kinds, fc.integer(), (bits, length, kind, seed) => {
        const random = seededRandom(seed);
        const weights = Float32Array.from({ length: kind === 'one' ? 1 : length }, (_, i) => {
          if (kind === 'few values') return [-1, 0.5, 0.25][Math.floor(random.next() * 3)]!;
          return random.normal() * (kind === 'outlier' && i === 0 ? 40 : 1);
        });
        const steps = 2 ** (bits - 1) - 1;
        const found = quantizeWeights(weights, [1, weights.length], { ...plain, bits });
        const largest = Math.max(...weights.map(Math.abs));
        let least = Infinity;
        for (let i = 1; i <= 3000; i++) least = Math.min(least, errorAt(weights, (1.6 * largest * i) / 3000, steps));
        expect(found.noise).toBeLessThanOrEqual(least * (1 + 1e-6) + 1e-12);
        expect(found.noise).toBeCloseTo(errorAt(weights, found.scales[0]!, steps), 8);
      }),
      { numRuns: 60 },
    );
  });

  it('of one step is the mean of the largest magnitudes, as many as serve best', () => {
    // Errors with the 1, 2, 3 largest at their mean: 5 + 0.25, 0.5 + 0.25, (1.33…)
    expect(leastErrorScale(Float64Array.of(2, -1, 0.5), 1, 0)).toBeCloseTo(1.5, 12);
    expect(leastErrorScale(Float64Array.of(1, -1, 1), 1, 0)).toBe(1);
    expect(leastErrorScale(Float64Array.of(0, 0), 3, 0)).toBeUndefined();
  });

  it('stays above the least scale that a bias needs', () => {
    const weights = normalWeights(50);
    const free = quantizeWeights(weights, [1, 50], { ...plain, bits: 4 });
    const bound = free.scales[0]! * 1.7;
    const held = quantizeWeights(weights, [1, 50], { ...plain, bits: 4, leastScales: [bound] });
    expect(held.scales[0]).toBeGreaterThanOrEqual(Math.fround(bound));
    let least = Infinity;
    for (let i = 0; i < 2000; i++) least = Math.min(least, errorAt(weights, bound * (1 + i / 1000), 7));
    expect(held.noise).toBeLessThanOrEqual(least * 1.0001);
  });

  it('with zero points is near the best of all pairs of ends', () => {
    const weights = normalWeights(40).map((w, i) => (i === 3 ? 1.2 : w + 0.08));
    for (const bits of [2, 3, 4]) {
      const found = quantizeWeights(weights, [1, 40], { ...plain, type: DataType.uint8, symmetric: false, bits });
      const full = quantizeWeights(weights, [1, 40], { ...plain, type: DataType.uint8, symmetric: false, bits, range: 'max' });
      const [low, high] = [Math.min(...weights), Math.max(...weights)];
      const levels = 2 ** bits - 1;
      let least = Infinity;
      for (let i = 0; i <= 120; i++) {
        for (let j = 1; j <= 120; j++) {
          const scale = ((high * j) / 120 - (low * i) / 120) / levels;
          const zero = clip(Math.round((-low * i) / 120 / scale), 0, levels);
          least = Math.min(least, sum(weights.map((w) => (w - scale * (clip(Math.round(w / scale) + zero, 0, levels) - zero)) ** 2)));
        }
      }
      expect(found.noise).toBeLessThanOrEqual(full.noise);
      expect(found.noise).toBeLessThan(least * 1.1);
    }
  });
});

describe('ternary weights', () => {
  it('are the sign of what exceeds 0.7 of the mean magnitude, times the mean of those', () => {
    // Mean magnitude 1, so the bound is 0.7.
    const found = quantizeWeights([2, -0.6, 0.69, -1.2, 0.71, 0.8], [1, 6], { ...plain, bits: 'ternary' });
    expect([...found.data]).toEqual([1, 0, 0, -1, 1, 1]);
    expect(found.scales[0]).toBeCloseTo((2 + 1.2 + 0.71 + 0.8) / 4, 6);
    expect(found.noise).toBeCloseTo(sum([2 - 1.1775, 0.6, 0.69, 1.2 - 1.1775, 0.71 - 1.1775, 0.8 - 1.1775].map((e) => e * e)), 6);
  });

  it('have a scale for each channel, and leave a zero channel zero', () => {
    const found = quantizeWeights([0, 0, 3, -3], [2, 2], { ...plain, bits: 'ternary' });
    expect([...found.data]).toEqual([0, 0, 1, -1]);
    expect([...found.scales]).toEqual([1, 3]);
  });
});

describe('binary weights', () => {
  it('are signs times the mean magnitude', () => {
    const found = quantizeWeights([1, -3, 0, 2, -0.5, -0.5, 0.5, 0.5], [2, 4], { ...plain, bits: 'binary' });
    expect([...found.data]).toEqual([1, -1, 1, 1, -1, -1, 1, 1]);
    expect([...found.scales]).toEqual([1.5, 0.5]);
    expect(found.noise).toBe(0.25 + 2.25 + 2.25 + 0.25);
    expect([...quantizeWeights([0, 0], [1, 2], { ...plain, bits: 'binary' }).data]).toEqual([0, 0]);
  });

  it('about 128 in uint8, and on a power of two, are the same signs', () => {
    const weights = normalWeights(12);
    const unsigned = quantizeWeights(weights, [2, 6], { ...plain, type: DataType.uint8, bits: 'binary' });
    expect([...unsigned.data]).toEqual([...weights].map((w) => (w < 0 ? 127 : 129)));
    const [scale] = quantizeWeights(weights, [1, 12], { ...plain, bits: 'binary', positions: { least: -8, greatest: 8 } }).scales;
    expect(Math.log2(scale!)).toBe(Math.round(Math.log2(sum(weights.map(Math.abs)) / 12)));
  });
});

describe('16-bit weights', () => {
  it('are within half a step of 1/32767 of the largest', () => {
    const weights = normalWeights(64);
    const largest = Math.max(...weights.map(Math.abs));
    for (const [type, symmetric] of [
      [DataType.int16, true],
      [DataType.uint16, false],
    ] as const) {
      const found = quantizeWeights(weights, [1, 64], { ...plain, type, symmetric, bits: 16, range: 'max' });
      dequantizedWeights(found, [1, 64]).forEach((real, i) => expect(Math.abs(real - weights[i]!)).toBeLessThan(largest / 32767));
    }
  });
});

describe('pairs that saturate', () => {
  it('need no room below 8 bits', () => {
    const weights = Float32Array.from({ length: 8 }, () => 1);
    const pairs = convolutionPairs(8, 1);
    for (const bits of [7, 4, 'ternary', 'binary'] as const) {
      const found = quantizeWeights(weights, [1, 8], { ...plain, bits, pairs });
      expect(found.noise).toBeCloseTo(0, 10);
      expect(found.freeNoise).toBe(found.noise);
    }
    expect(quantizeWeights(weights, [1, 8], { ...plain, pairs }).data[0]).toBe(64);
  });
});

describe('blocks', () => {
  it('run along an axis, the last one shorter, in the order of their scales', () => {
    const blocks = { axis: 1, size: 2 };
    const rows = blockRows([2, 3, 2], blocks);
    expect(blockScaleDims([2, 3, 2], blocks)).toEqual([2, 2, 2]);
    const listed = Array.from({ length: rows.channels }, (_, row) =>
      Array.from({ length: rows.lengthOf(row) }, (_, i) => rows.offset(row, i)),
    );
    expect(listed).toEqual([[0, 2], [1, 3], [4], [5], [6, 8], [7, 9], [10], [11]]);
  });

  it('have a scale of their own each', () => {
    const weights = [1.2, 2, 70, 36, 0, 0, -7, 7];
    const found = quantizeWeights(weights, [2, 4], { ...plain, axis: undefined, blocks: { axis: 1, size: 2 }, bits: 4, range: 'max' });
    expect([...found.scales]).toEqual([2 / 7, 10, 1, 1].map(Math.fround));
    expect([...found.data]).toEqual([4, 7, 7, 4, 0, 0, -7, 7]);
    const real = dequantizedWeights(found, [2, 4]);
    expect(real[2]).toBe(70);
    expect(real[3]).toBe(40);
  });
});

describe('packing', () => {
  const codes = Float32Array.from([-7, 7, 0, 3, -1]);

  it('puts two codes in a byte, the first in the low half, and only where they fit', () => {
    const weights = quantizeWeights(codes, [5], { ...plain, axis: undefined, bits: 4, range: 'max' });
    const stored = storedType(weights, 'packed');
    expect(stored).toBe(DataType.int4);
    const tensor = storedTensor(stored, [5], weights.data, weights);
    expect([...tensor.bytes]).toEqual([0x79, 0x30, 0x0f]);
    expect([...tensor.toFloat64()]).toEqual([-7, 7, 0, 3, -1]);
    expect([5, 8, 16].map((bits) => isPacked(bits, 'packed'))).toEqual([false, false, false]);
    expect([2, 4, 'ternary', 'binary'].map((bits) => isPacked(bits as 2, 'packed'))).toEqual([true, true, true, true]);
    expect(isPacked(4, 'runnable')).toBe(false);
  });

  it('moves codes about 128 to about 8, zero points with them', () => {
    const weights = quantizeWeights(codes, [5], { ...plain, type: DataType.uint8, axis: undefined, bits: 4, range: 'max' });
    const stored = storedType(weights, 'packed');
    expect(stored).toBe(DataType.uint4);
    expect([...storedTensor(stored, [5], weights.data, weights).toFloat64()]).toEqual([1, 15, 8, 11, 7]);
    expect([...storedTensor(stored, [], weights.zeroPoints, weights).toFloat64()]).toEqual([8]);
  });
});
