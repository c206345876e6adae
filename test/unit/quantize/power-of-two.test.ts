import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { quantizeBias } from '../../../src/engine/quantize/bias.ts';
import { anyPosition, holdingPosition, scaleAt, spanningPosition } from '../../../src/engine/quantize/power-of-two/position.ts';
import { PositionGroups } from '../../../src/engine/quantize/power-of-two/position-groups.ts';
import { positionOfValue, schemeAt } from '../../../src/engine/quantize/power-of-two/values.ts';
import { grid, quantizeValue, dequantizeValue } from '../../../src/engine/quantize/scheme.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { quantizeWeights } from '../../../src/engine/quantize/weights.ts';
import { Histogram } from '../../../src/engine/statistics/histogram.ts';
import { buildModel } from '../../support/model-builder.ts';
import { dependencies, noise, request, run, sqnr, weights } from './support.ts';

const isPowerOfTwo = (scale: number): boolean => Number.isInteger(Math.log2(scale));

describe('fix positions', () => {
  it('hold a range without clipping, and the next finer one does not', () => {
    const random = seededRandom(1, 'ranges');
    for (let i = 0; i < 500; i++) {
      const [low, high] = [-Math.exp(4 * random.normal()), Math.exp(4 * random.normal())];
      const holds = (position: number): boolean => high * 2 ** position <= 127.5 && low * 2 ** position >= -128.5;
      const found = holdingPosition(low, high, -128, 127);
      expect([holds(found), holds(found + 1)]).toEqual([true, false]);
    }
  });

  it('meet the ends exactly: 127.5 and -128.5 steps still round to codes', () => {
    expect(holdingPosition(0, 127.5 / 16, -128, 127)).toBe(4);
    expect(holdingPosition(0, 127.5001 / 16, -128, 127)).toBe(3);
    expect(holdingPosition(-128.5 / 8, 0, -128, 127)).toBe(3);
    expect(spanningPosition(-1, 1, 256)).toBe(6);
    expect(holdingPosition(0, 0, -128, 127)).toBe(7);
  });
});

describe('positions of activations', () => {
  const on = grid(DataType.int8, 8, true);
  const values = Float32Array.from(noise(20000, 'activations'), (x, i) => (i === 7 ? 18 : x));
  const seen = new Histogram();
  seen.add(values);
  const error = (position: number): number => {
    const scheme = schemeAt(position, { low: -1, high: 1 }, on, true);
    return values.reduce((sum, value) => sum + (dequantizeValue(quantizeValue(value, scheme), scheme) - value) ** 2, 0);
  };

  it('are those of the least squared error with mse', () => {
    const found = positionOfValue({ low: seen.low, high: seen.high }, true, seen, on, true);
    const all = [2, 3, 4, 5, 6].map((position) => [error(position), position] as const);
    expect(found).toBe(all.sort(([a], [b]) => a - b)[0]![1]);
    expect(found).toBeGreaterThan(holdingPosition(seen.low, seen.high, -128, 127));
  });

  it('clip nothing where only the range is known', () => {
    expect(positionOfValue({ low: -1, high: 30 }, false, undefined, on, true)).toBe(2);
  });

  it('are the range’s or the next finer one after another estimator', () => {
    // 1.1 needs position 6, and little of a normal distribution lies beyond 127/128.
    const narrow = new Histogram();
    narrow.add(values.map((value) => Math.max(-1.1, Math.min(1.1, value / 4))));
    const found = positionOfValue({ low: -1.1, high: 1.1 }, false, narrow, on, true);
    expect([6, 7]).toContain(found);
    expect(found).toBe(7);
  });

  it('have a zero point anywhere without symmetric, and zero stays exact', () => {
    const scheme = schemeAt(5, { low: -2, high: 5 }, grid(DataType.uint8, 8, false), false);
    expect([scheme.scale, scheme.zeroPoint, quantizeValue(0, scheme)]).toEqual([1 / 32, 64, 64]);
  });
});

describe('weights on powers of two', () => {
  it.each([2, 4, 8, 16] as const)('have the position of the least squared error at %i bits', (bits) => {
    const values = weights('po2', [40, 9]).toFloat64();
    const type = bits > 8 ? DataType.int16 : DataType.int8;
    for (const axis of [undefined, 0]) {
      const found = quantizeWeights(values, [40, 9], { type, bits, symmetric: true, axis, range: 'mse', positions: anyPosition });
      expect([...found.scales].every(isPowerOfTwo)).toBe(true);
      const rows = axis === undefined ? [values] : Array.from({ length: 40 }, (_, row) => values.slice(9 * row, 9 * row + 9));
      rows.forEach((row, index) => {
        const steps = 2 ** (bits - 1) - 1;
        const error = (position: number): number =>
          row.reduce((sum, w) => sum + (Math.max(-steps, Math.min(steps, Math.round(w * 2 ** position))) * 2 ** -position - w) ** 2, 0);
        const own = -Math.log2(found.scales[index]!);
        for (let position = -2; position < 24; position++) expect(error(own)).toBeLessThanOrEqual(error(position) * (1 + 1e-9));
      });
    }
  });

  it('stay within the positions that a board allows', () => {
    const values = weights('po2', [8, 9]).toFloat64();
    const options = { type: DataType.int8, bits: 8, symmetric: true, axis: undefined, range: 'mse' } as const;
    expect(quantizeWeights(values, [8, 9], { ...options, positions: { least: -60, greatest: 3 } }).scales[0]).toBe(1 / 8);
    expect(quantizeWeights(values, [8, 9], { ...options, positions: { least: 11, greatest: 20 } }).scales[0]).toBe(2 ** -11);
  });
});

describe('8-bit biases', () => {
  const format = { kind: 'int8', input: 5, output: 4, leaky: false } as const;

  it('have a position of their own, of the least squared error', () => {
    const bias = quantizeBias([0.5, -0.3, 0.01], format, Float32Array.of(2 ** -9));
    expect([bias.type, bias.scales[0], [...bias.data]]).toEqual([DataType.int8, 2 ** -7, [64, -38, 1]]);
  });

  it('keep to what can be shifted to the sum of products', () => {
    // w + i - b is at most 15: with w + i = 24 the position is at least 9, and 0.5 is clipped.
    const bias = quantizeBias([0.5], format, Float32Array.of(2 ** -19));
    expect([bias.scales[0], bias.data[0]]).toEqual([2 ** -9, 127]);
    // A leaky ReLU behind allows no finer bias than the sum.
    const fine = quantizeBias([0.01], { ...format, leaky: true }, Float32Array.of(2 ** -2));
    expect(fine.scales[0]).toBe(2 ** -7);
  });
});

describe('power-of-two scales on any target', () => {
  const model = () =>
    buildModel({
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: ['y'],
      initializers: { w: weights('w', [8, 3, 3, 3]), b: Tensor.float32([8], new Float32Array(8).fill(0.1)), v: weights('v', [4, 8, 1, 1]) },
      nodes: [
        ['Conv', ['x', 'w', 'b'], ['a'], { pads: [1, 1, 1, 1] }],
        ['Relu', ['a'], ['r']],
        ['Conv', ['r', 'v'], ['y']],
      ],
    });

  it.each([
    ['uint8, zero point anywhere', { calibrate: 'mse' }],
    ['symmetric int8', { symmetric: true, 'activation-type': 'int8', calibrate: 'non-overflow', granularity: 'tensor' }],
    ['4-bit weights, percentile', { weights: 4, calibrate: 'percentile' }],
    ['16-bit activations', { activations: 16 }],
    ['weights with zero points', { 'symmetric-weights': false }],
  ])('%s', async (_, settings) => {
    const reference = await run(encodeModel(model()), [1, 3, 8, 8], noise(192), 'none');
    const result = await quantizeStatic(model(), request({ scales: 'power-of-two', ...settings }), dependencies([3, 8, 8]));
    const { graph } = result.model;
    const scales = [...graph.nodes]
      .filter(({ op }) => op === 'QuantizeLinear')
      .map(({ inputs }) => graph.constant(inputs[1]!)!.toFloat64()[0]!);
    expect(scales.length).toBeGreaterThan(2);
    expect(scales.every(isPowerOfTwo)).toBe(true);
    for (const { weights: row } of result.layers) for (const scale of row?.scales ?? []) expect(isPowerOfTwo(scale)).toBe(true);
    const answer = await run(encodeModel(result.model), [1, 3, 8, 8], noise(192), 'none');
    expect(sqnr(reference, answer)).toBeGreaterThan('weights' in settings ? 8 : 24);
  });

  it('scaleAt is the reciprocal of a power of two', () => expect([scaleAt(3), scaleAt(-2), scaleAt(0)]).toEqual([1 / 8, 4, 1]));

  it('refuses to shift between scales that are no powers of two', () => {
    const scheme = { ...grid(DataType.int8, 8, true), scale: 0.1, zeroPoint: 0 };
    expect(() => new PositionGroups(new Map([['x', scheme]]))).toThrow(/the scale 0.1 of "x" is no power of two/);
  });
});
