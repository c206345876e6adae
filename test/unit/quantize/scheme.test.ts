import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import {
  dequantizeValue,
  floorFloat32,
  grid,
  quantizeValue,
  rangeOf,
  roundHalfEven,
  schemeForRange,
  smallestScale,
} from '../../../src/engine/quantize/scheme.ts';

const types = fc.constantFrom(DataType.int8, DataType.uint8);
const end = fc.float({ min: Math.fround(-1e37), max: Math.fround(1e37), noNaN: true });
const ends = fc.tuple(end, end);

describe('schemeForRange', () => {
  it('represents zero exactly, covers the range to within a step, and has an ordinary float32 scale', () => {
    fc.assert(
      fc.property(types, fc.integer({ min: 2, max: 8 }), fc.boolean(), ends, (type, bits, symmetric, [a, b]) => {
        const scheme = schemeForRange(Math.min(a, b), Math.max(a, b), grid(type, bits, symmetric), symmetric);
        expect(scheme.scale).toBe(Math.fround(scheme.scale));
        expect(scheme.scale).toBeGreaterThanOrEqual(smallestScale);
        expect(Number.isInteger(scheme.zeroPoint)).toBe(true);
        expect(scheme.zeroPoint).toBeGreaterThanOrEqual(scheme.lowest);
        expect(scheme.zeroPoint).toBeLessThanOrEqual(scheme.highest);
        expect(dequantizeValue(quantizeValue(0, scheme), scheme)).toBe(0);
        if (symmetric) expect(scheme.zeroPoint).toBe(type === DataType.uint8 ? 128 : 0);
        for (const value of [a, b]) {
          const back = dequantizeValue(quantizeValue(value, scheme), scheme);
          // Half a step of rounding, half a step because the zero point is rounded.
          expect(Math.abs(back - value)).toBeLessThanOrEqual(scheme.scale * 1.001 + Math.abs(value) * 1e-6);
        }
      }),
    );
  });

  it('never reaches beyond a range that begins at zero, so that a Clip behind it can go', () => {
    fc.assert(
      fc.property(types, fc.float({ min: Math.fround(1e-6), max: Math.fround(1e30), noNaN: true }), (type, high) => {
        const scheme = schemeForRange(0, high, grid(type, 8, false), false);
        expect(scheme.zeroPoint).toBe(scheme.lowest);
        expect(rangeOf(scheme).high).toBeLessThanOrEqual(high);
        expect(rangeOf(scheme).high).toBeGreaterThan(high * (1 - 1e-6));
      }),
    );
  });

  it('takes a constant zero, denormals and the largest floats', () => {
    const on = grid(DataType.uint8, 8, false);
    expect(schemeForRange(0, 0, on, false)).toMatchObject({ scale: 1, zeroPoint: 0 });
    expect(schemeForRange(0, 1e-44, on, false).scale).toBe(smallestScale);
    const widest = schemeForRange(-3.4e38, 3.4e38, on, false);
    expect(Number.isFinite(widest.scale)).toBe(true);
    expect(widest.zeroPoint).toBe(128);
  });

  it.each([NaN, Infinity, -Infinity])('refuses an end of %s', (end) => {
    expect(() => schemeForRange(0, end, grid(DataType.int8, 8, true), true)).toThrow(LatheError);
  });

  it('has as many steps above zero as below where it is symmetric', () => {
    expect(grid(DataType.int8, 8, true)).toMatchObject({ lowest: -127, highest: 127 });
    expect(grid(DataType.uint8, 4, true)).toMatchObject({ lowest: 121, highest: 135 });
    expect(grid(DataType.int8, 4, false)).toMatchObject({ lowest: -8, highest: 7 });
  });
});

it('rounds halves to even', () => {
  expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999].map(roundHalfEven)).toEqual([-2, -2, 0, 0, 2, 2, 2]);
});

it('floorFloat32 is the largest float32 not above', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (value) => {
      const floor = floorFloat32(value);
      expect(Math.fround(floor)).toBe(floor);
      expect(floor).toBeLessThanOrEqual(value);
      expect(value - floor).toBeLessThan(value * 2 ** -23);
    }),
  );
});
