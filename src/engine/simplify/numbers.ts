import { DataType } from '../onnx/data-type.ts';
import { Tensor } from '../onnx/tensor.ts';

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The bits of the nearest bfloat16, ties to even. */
function bfloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  single[0] = value;
  const bits = word[0]!;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The bits of the nearest IEEE 754 binary16, ties to even; beyond its range infinity. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 the steps are all 2^-24; above, 2^10 of them between powers of two.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const scaled = size / 2 ** (exponent - 10);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return sign | (size < 2 ** -14 ? rounded : ((exponent + 15) << 10) + rounded - 1024);
}

/** Doubles in a tensor of a float type, rounded to nearest; undefined for other types. */
export function floatTensor(type: DataType, dims: readonly number[], values: ArrayLike<number>): Tensor | undefined {
  switch (type) {
    case DataType.float32:
      return Tensor.float32(dims, values);
    case DataType.float64:
      return Tensor.of(type, dims, Float64Array.from(values));
    case DataType.float16:
      return Tensor.of(type, dims, Uint16Array.from(values, float16Bits));
    case DataType.bfloat16:
      return Tensor.of(type, dims, Uint16Array.from(values, bfloat16Bits));
    default:
      return undefined;
  }
}

/** A number without dimensions, of a float or integer type of up to 64 bits; undefined where the type cannot hold it. */
export function scalarTensor(type: DataType, value: number): Tensor | undefined {
  const float = floatTensor(type, [], [value]);
  if (float || !Number.isInteger(value)) return float;
  switch (type) {
    case DataType.int8:
      return Tensor.of(type, [], Int8Array.of(value));
    case DataType.uint8:
      return Tensor.of(type, [], Uint8Array.of(value));
    case DataType.int32:
      return Tensor.of(type, [], Int32Array.of(value));
    case DataType.int64:
      return Tensor.int64([], [value]);
    default:
      return undefined;
  }
}
