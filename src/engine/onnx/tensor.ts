import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeBits, dataTypeName } from './data-type.ts';

/** Where a tensor's bytes are. `file` bytes are read on demand: a light scan never loads weights. */
export type TensorSource =
  /** Little-endian, packed as TensorProto.raw_data. Treat as read-only: it may be a view of the whole file. */
  | { kind: 'bytes'; bytes: Uint8Array }
  /** `length` bytes of the file at `path`, already confined to the model's folder and checked against its size. */
  | { kind: 'file'; path: string; offset: number; length: number; external: boolean }
  /** As the model names its external data, not looked at yet: `readModel` makes it 'bytes', `scanModel` 'file'. */
  | { kind: 'external'; location: string; offset: number; length?: number }
  /** `values` at the linear `indices` (or one row of coordinates each), zero elsewhere; made dense when its bytes are asked for. */
  | { kind: 'sparse'; values: Tensor; indices: Tensor }
  | { kind: 'strings'; strings: readonly Uint8Array[] };

export type NumericArray =
  | Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array; // prettier-ignore

/**
 * A constant of the model: an initializer or an attribute. Immutable: a pass that changes weights makes a new tensor.
 * `dims` are non-negative integers; their product times the element's bits fits the source (checked by the codec).
 */
export class Tensor {
  constructor(
    readonly type: DataType,
    readonly dims: readonly number[],
    readonly source: TensorSource,
  ) {}

  get size(): number {
    return this.dims.reduce((product, dim) => product * dim, 1);
  }

  /** Bytes of the packed data; 0 for strings. */
  get byteLength(): number {
    return Math.ceil((this.size * (dataTypeBits(this.type) ?? 0)) / 8);
  }

  /** Raw little-endian bytes. Throws `model.weights-not-loaded` when they still lie in a file: see `loadTensor` in scan.ts. */
  get bytes(): Uint8Array {
    if (this.source.kind === 'bytes') return this.source.bytes;
    if (this.source.kind === 'sparse') return (this.#dense ??= densify(this, this.source));
    throw new LatheError('model.weights-not-loaded', `the ${dataTypeName(this.type)} tensor's data has not been read`);
  }

  /** Whether `bytes` can be had without reading a file. */
  get isLoaded(): boolean {
    return this.source.kind === 'bytes' || this.source.kind === 'sparse';
  }

  #dense: Uint8Array | undefined;

  static float32(dims: readonly number[], values: ArrayLike<number>): Tensor {
    return Tensor.of(DataType.float32, dims, new Float32Array(values));
  }

  static int64(dims: readonly number[], values: ArrayLike<number | bigint>): Tensor {
    return Tensor.of(DataType.int64, dims, BigInt64Array.from(Array.from(values, BigInt)));
  }

  /** Wraps an array whose element size is that of `type` (float16 and bfloat16 as Uint16Array; 4-bit types packed in Uint8Array). */
  static of(type: DataType, dims: readonly number[], values: NumericArray): Tensor {
    return new Tensor(type, dims, { kind: 'bytes', bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) });
  }

  static strings(dims: readonly number[], values: readonly string[]): Tensor {
    const encoder = new TextEncoder();
    return new Tensor(DataType.string, dims, { kind: 'strings', strings: values.map((value) => encoder.encode(value)) });
  }

  /** The elements as stored, one array element each (copied when the bytes are not aligned). 64-bit integers stay bigint. */
  typed(): NumericArray {
    const bytes = this.bytes;
    const make = arrayFor[this.type];
    if (!make) throw new LatheError('model.unsupported-type', `a ${dataTypeName(this.type)} tensor has no plain array form`);
    const aligned = bytes.byteOffset % make.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
    return new make(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / make.BYTES_PER_ELEMENT);
  }

  /**
   * The elements as doubles, whatever the numeric type (float16, bfloat16, float8 and 4-bit types widened, 64-bit integers
   * rounded to the nearest double).
   */
  toFloat64(): Float64Array {
    return widen(this);
  }

  toFloat32(): Float32Array {
    if (this.type === DataType.float32) return this.typed() as Float32Array;
    return new Float32Array(widen(this));
  }

  /** The elements of an integer tensor (shapes, axes, indices) as numbers. Values beyond 2^53 are clamped to ±2^53. */
  toIntegers(): number[] {
    const limit = Number.MAX_SAFE_INTEGER;
    return Array.from(widen(this), (value) => Math.max(-limit, Math.min(limit, value)));
  }
}

type ArrayConstructor = { new (buffer: ArrayBuffer, offset: number, length: number): NumericArray; readonly BYTES_PER_ELEMENT: number };

const arrayFor: Partial<Record<DataType, ArrayConstructor>> = {
  [DataType.float32]: Float32Array, [DataType.float64]: Float64Array, [DataType.int8]: Int8Array, [DataType.uint8]: Uint8Array,
  [DataType.bool]: Uint8Array, [DataType.int16]: Int16Array, [DataType.uint16]: Uint16Array, [DataType.int32]: Int32Array,
  [DataType.uint32]: Uint32Array, [DataType.int64]: BigInt64Array, [DataType.uint64]: BigUint64Array,
  [DataType.float16]: Uint16Array, [DataType.bfloat16]: Uint16Array, [DataType.float8e4m3fn]: Uint8Array,
  [DataType.float8e4m3fnuz]: Uint8Array, [DataType.float8e5m2]: Uint8Array, [DataType.float8e5m2fnuz]: Uint8Array,
  [DataType.float8e8m0]: Uint8Array, [DataType.uint4]: Uint8Array, [DataType.int4]: Uint8Array, [DataType.float4e2m1]: Uint8Array,
  [DataType.uint2]: Uint8Array, [DataType.int2]: Uint8Array, [DataType.float6e2m3]: Uint8Array, [DataType.float6e3m2]: Uint8Array,
}; // prettier-ignore

const smallFloat = (exponentBits: number, mantissaBits: number, bias: number, value: number): number => {
  const sign = (value >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
  const exponent = (value >> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = value & ((1 << mantissaBits) - 1);
  return exponent === 0
    ? sign * mantissa * 2 ** (1 - bias - mantissaBits)
    : sign * (1 + mantissa * 2 ** -mantissaBits) * 2 ** (exponent - bias);
};

/** IEEE 754 binary16 to double. */
export function float16ToNumber(value: number): number {
  if ((value & 0x7c00) === 0x7c00) return value & 0x3ff ? NaN : value & 0x8000 ? -Infinity : Infinity;
  return smallFloat(5, 10, 15, value);
}

const bfloatWord = new Uint32Array(1);
const bfloatView = new Float32Array(bfloatWord.buffer);
function bfloat16ToNumber(value: number): number {
  bfloatWord[0] = value << 16;
  return bfloatView[0]!;
}

/** The OCP and Graphcore 8-bit formats, as ONNX's "Float stored in 8 bits" describes them. */
function float8ToNumber(type: DataType, value: number): number {
  switch (type) {
    case DataType.float8e4m3fn:
      return (value & 0x7f) === 0x7f ? NaN : smallFloat(4, 3, 7, value);
    case DataType.float8e4m3fnuz:
      return value === 0x80 ? NaN : smallFloat(4, 3, 8, value);
    case DataType.float8e5m2:
      if ((value & 0x7c) === 0x7c) return value & 3 ? NaN : value & 0x80 ? -Infinity : Infinity;
      return smallFloat(5, 2, 15, value);
    case DataType.float8e5m2fnuz:
      return value === 0x80 ? NaN : smallFloat(5, 2, 16, value);
    default:
      return value === 0xff ? NaN : 2 ** (value - 127);
  }
}

/** Elements narrower than a byte: a stream of bits, lowest first (ONNX: two 4-bit, four 2-bit elements a byte, 6 bits across bytes). */
function unpack(type: DataType, bytes: Uint8Array, size: number): Float64Array {
  const width = dataTypeBits(type)!;
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const bit = i * width;
    const index = Math.floor(bit / 8);
    const raw = ((bytes[index]! | ((bytes[index + 1] ?? 0) << 8)) >> (bit % 8)) & ((1 << width) - 1);
    out[i] = narrowToNumber(type, raw, width);
  }
  return out;
}

function narrowToNumber(type: DataType, raw: number, width: number): number {
  switch (type) {
    case DataType.float4e2m1:
      return smallFloat(2, 1, 1, raw);
    case DataType.float6e2m3:
      return smallFloat(2, 3, 1, raw);
    case DataType.float6e3m2:
      return smallFloat(3, 2, 3, raw);
    case DataType.int4:
    case DataType.int2:
      return raw >= 1 << (width - 1) ? raw - (1 << width) : raw;
    default:
      return raw;
  }
}

function widen(tensor: Tensor): Float64Array {
  const { type } = tensor;
  if ((dataTypeBits(type) ?? 8) < 8) return unpack(type, tensor.bytes, tensor.size);
  const values = tensor.typed();
  if (type === DataType.float16) return Float64Array.from(values as Uint16Array, float16ToNumber);
  if (type === DataType.bfloat16) return Float64Array.from(values as Uint16Array, bfloat16ToNumber);
  if (type >= DataType.float8e4m3fn && type <= DataType.float8e5m2fnuz)
    return Float64Array.from(values as Uint8Array, (v) => float8ToNumber(type, v));
  if (type === DataType.float8e8m0) return Float64Array.from(values as Uint8Array, (v) => float8ToNumber(type, v));
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number);
  return new Float64Array(values);
}

/** A sparse tensor is made dense only up to this size (bytes): its header alone does not prove that the data is worth it. */
const denseLimit = 256 * 2 ** 20;

/** ONNX SparseTensorProto: indices are linear, [count], or coordinates, [count, rank]. */
function densify(tensor: Tensor, { values, indices }: { values: Tensor; indices: Tensor }): Uint8Array {
  const width = (dataTypeBits(tensor.type) ?? 0) / 8;
  if (!Number.isInteger(width) || width === 0) {
    throw new LatheError('model.unsupported-type', `a sparse ${dataTypeName(tensor.type)} tensor is not supported`);
  }
  if (tensor.byteLength > denseLimit) {
    throw new LatheError('model.sparse-too-large', `a sparse tensor of ${tensor.byteLength} bytes is too large to be made dense`);
  }
  const dense = new Uint8Array(tensor.byteLength);
  const positions = indices.toIntegers();
  const rank = indices.dims.length === 2 ? indices.dims[1]! : 1;
  for (let i = 0; i < values.size; i++) {
    let position = positions[i * rank]!;
    for (let axis = 1; axis < rank; axis++) position = position * tensor.dims[axis]! + positions[i * rank + axis]!;
    if (!(position >= 0 && position < tensor.size)) {
      throw new LatheError('model.sparse-index', `a sparse tensor has index ${position} of ${tensor.size} elements`);
    }
    dense.set(values.bytes.subarray(i * width, (i + 1) * width), position * width);
  }
  return dense;
}
