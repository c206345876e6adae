import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';

/** Types that codes are kept in while working; narrower ones are packed when written (weight-format.ts). */
export type CodeType = typeof DataType.int8 | typeof DataType.uint8 | typeof DataType.int16 | typeof DataType.uint16;

/** The integers a value may take: `lowest` to `highest`, stored in `type`. Fewer bits than the type has leave codes unused. */
export interface Grid {
  readonly type: CodeType;
  readonly lowest: number;
  readonly highest: number;
  /** What the number 0 maps to when the range is symmetric about it. */
  readonly middle: number;
}

/** real = scale * (integer - zeroPoint), ONNX QuantizeLinear-13. `scale` is an exact float32. */
export interface Scheme extends Grid {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * No scale is smaller than this, so that the product of two of them (a bias' scale) is still a normal float32 (above 2^-126).
 * A value whose range is below it is a constant zero for every network that also has values of ordinary size.
 */
export const smallestScale = 2 ** -60;

export const isUnsigned = (type: CodeType): boolean => type === DataType.uint8 || type === DataType.uint16;
const bitsOfType = (type: CodeType): number => (type === DataType.uint8 || type === DataType.int8 ? 8 : 16);

/**
 * The grid of `bits` bits (2 to 8, or 16) in a type that has at least as many. Symmetric grids are -127..127 about 0 (int8) or 1..255
 * about 128 (uint8): as many steps above zero as below.
 */
export function grid(type: CodeType, bits: number, symmetric: boolean): Grid {
  const half = 2 ** (bits - 1);
  const unsigned = isUnsigned(type);
  const middle = unsigned ? 2 ** (bitsOfType(type) - 1) : 0;
  if (symmetric) return { type, lowest: middle - (half - 1), highest: middle + half - 1, middle };
  return unsigned ? { type, lowest: 0, highest: 2 * half - 1, middle } : { type, lowest: -half, highest: half - 1, middle };
}

/** True where the type holds codes that the grid has not: QuantizeLinear alone would saturate too late. */
export const isNarrow = ({ type, lowest, highest }: Grid): boolean => highest - lowest + 1 < 2 ** bitsOfType(type) - 1;

/**
 * Scale and zero point for real numbers from `low` to `high`. Zero is always inside and exactly representable, because paddings and
 * ReLUs make exact zeros. With `symmetric` the zero point is the grid's middle. An asymmetric scale is rounded down in float32, so that the grid never
 * reaches beyond a range that ends at a Clip's bound: ONNX Runtime drops the Clip only then.
 * Throws `quantize.range` when an end is not finite.
 */
export function schemeForRange(low: number, high: number, on: Grid, symmetric: boolean): Scheme {
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new LatheError('quantize.range', `a range from ${low} to ${high} has no ${dataTypeName(on.type)} scale`);
  }
  const from = Math.min(0, low, high);
  const to = Math.max(0, low, high);
  if (symmetric) {
    const scale = Math.fround(positive(Math.max(-from, to) / (on.highest - on.middle)));
    return { ...on, scale, zeroPoint: on.middle };
  }
  const scale = floorFloat32(positive((to - from) / (on.highest - on.lowest)));
  const zeroPoint = Math.max(on.lowest, Math.min(on.highest, on.lowest + roundHalfEven(-from / scale)));
  return { ...on, scale, zeroPoint };
}

/** A constant zero has no natural scale: 1 keeps every product with it ordinary. */
const positive = (scale: number): number => (scale === 0 ? 1 : Math.max(scale, smallestScale));

/** The largest float32 that is not above `value`. */
export function floorFloat32(value: number): number {
  const rounded = Math.fround(value);
  if (rounded <= value) return rounded;
  const word = new Float32Array([rounded]);
  const bits = new Int32Array(word.buffer);
  bits[0]! -= 1;
  return word[0]!;
}

/** Round half to even, as QuantizeLinear and MLAS do (nearbyint). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** QuantizeLinear-13 of a float32, limited to the grid. NaN becomes the zero point. */
export function quantizeValue(value: number, scheme: Scheme): number {
  const steps = Math.fround(value / scheme.scale);
  if (Number.isNaN(steps)) return scheme.zeroPoint;
  return Math.max(scheme.lowest, Math.min(scheme.highest, roundHalfEven(steps) + scheme.zeroPoint));
}

export const dequantizeValue = (integer: number, scheme: Scheme): number => Math.fround((integer - scheme.zeroPoint) * scheme.scale);

/** The real numbers at the two ends of the grid. */
export const rangeOf = (scheme: Scheme): { low: number; high: number } => ({
  low: dequantizeValue(scheme.lowest, scheme),
  high: dequantizeValue(scheme.highest, scheme),
});

/** Codes as an array of their type, wrapped as two's complement where one does not fit. */
export function codesOf(type: CodeType, codes: ArrayLike<number>): CodeArray {
  return codeArrays[type].from(codes);
}

export type CodeArray = Int8Array | Uint8Array | Int16Array | Uint16Array;

/** `length` zeros of the type. */
export const emptyCodes = (type: CodeType, length: number): CodeArray => new codeArrays[type](length);

const codeArrays = {
  [DataType.int8]: Int8Array,
  [DataType.uint8]: Uint8Array,
  [DataType.int16]: Int16Array,
  [DataType.uint16]: Uint16Array,
};
