import { rememberMessage } from './as-read.ts';
import { DataType, dataTypeBits, dataTypeName } from './data-type.ts';
import { Tensor, type TensorSource } from './tensor.ts';
import { type StoredRange, Wire, type WireReader } from './wire-reader.ts';

/** How much of a model a reading wants. */
export interface DecodeOptions {
  /** The file as the user named it: for messages, and for weights that stay in it. */
  readonly path?: string;
  /** Payloads up to this many bytes are loaded even where weights stay in the file. */
  readonly smallTensor: number;
  /** Bytes of small tensors that may still be loaded, so that many small ones do not add up to a large model. */
  smallTensorBudget: number;
}

export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Fields of TensorProto. */
export const TensorField = {
  dims: 1, dataType: 2, floatData: 4, int32Data: 5, stringData: 6, int64Data: 7, name: 8, rawData: 9, doubleData: 10,
  uint64Data: 11, externalData: 13, dataLocation: 14,
} as const; // prettier-ignore

/** What a TensorProto said, before it is put together. */
interface Parts {
  name: string;
  type: number;
  dims: (number | bigint)[];
  raw?: Uint8Array | StoredRange;
  /** float_data or double_data: pieces of raw little-endian numbers. */
  fixed: (Uint8Array | StoredRange)[];
  /** int32_data, int64_data or uint64_data. */
  integers: (number | bigint)[];
  strings: Uint8Array[];
  /** The type-specific field that was present. */
  typedField: number;
  external: Map<string, string>;
  isExternal: boolean;
  offset: number;
}

/** Reads a TensorProto from the fields of the present message. */
export function decodeTensor(reader: WireReader, options: DecodeOptions): NamedTensor {
  const parts: Parts = {
    name: '', type: 0, dims: [], fixed: [], integers: [], strings: [], typedField: 0, external: new Map(), isExternal: false, offset: reader.offset,
  }; // prettier-ignore
  const head: Uint8Array[] = [];
  while (reader.next()) {
    const isData = decodeField(reader, parts, options);
    if (!reader.stable && !isData) head.push(reader.lastField());
  }
  const dims = checkedDims(reader, parts);
  const tensor = new Tensor(parts.type as DataType, dims, sourceOf(reader, parts, dims, options));
  const complete = reader.stable || tensor.source.kind !== 'file';
  rememberMessage(tensor, complete ? reader.since(parts.offset) : joinBytes(head));
  return { name: parts.name, tensor };
}

/** True when the field held data. */
function decodeField(reader: WireReader, parts: Parts, options: DecodeOptions): boolean {
  const limit = Math.min(options.smallTensor, options.smallTensorBudget);
  switch (reader.field) {
    case TensorField.dims:
      reader.intsInto(parts.dims);
      return false;
    case TensorField.dataType:
      parts.type = reader.uint();
      return false;
    case TensorField.name:
      parts.name = reader.text();
      return false;
    case TensorField.externalData: {
      const [key, value] = reader.message(() => decodeEntry(reader));
      parts.external.set(key, value);
      return false;
    }
    case TensorField.dataLocation:
      parts.isExternal = reader.uint() === 1;
      return false;
    case TensorField.rawData:
      parts.raw = reader.payload(limit);
      if (parts.raw instanceof Uint8Array) options.smallTensorBudget -= parts.raw.length;
      return true;
    case TensorField.floatData:
    case TensorField.doubleData:
      parts.typedField = reader.field;
      parts.fixed.push(reader.wire === Wire.bytes ? reader.payload(limit) : reader.fixed(reader.field === TensorField.floatData ? 4 : 8));
      return true;
    case TensorField.int32Data:
    case TensorField.int64Data:
    case TensorField.uint64Data:
      parts.typedField = reader.field;
      reader.intsInto(parts.integers);
      return true;
    case TensorField.stringData:
      parts.typedField = reader.field;
      parts.strings.push(reader.bytes());
      return true;
    default:
      reader.skip();
      return false;
  }
}

/** Reads a StringStringEntryProto. */
export function decodeEntry(reader: WireReader): [key: string, value: string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  return [key, value];
}

function checkedDims(reader: WireReader, parts: Pick<Parts, 'name' | 'dims' | 'offset'>): number[] {
  const dims = parts.dims.map(Number);
  const negative = dims.find((dim) => dim < 0);
  if (negative !== undefined) {
    refuse(reader, parts, 'model.tensor-dims', `has the negative dimension ${negative} in its shape [${dims.slice(0, 8).join(', ')}]`);
  }
  const size = dims.includes(0) ? 0 : dims.reduce((product, dim) => product * dim, 1);
  if (!Number.isSafeInteger(size * 16)) refuse(reader, parts, 'model.tensor-dims', `has more elements than can be counted`);
  return dims;
}

/** The type-specific field that holds each type's elements (onnx.proto, TensorProto). */
function typedFieldOf(type: number): number {
  switch (type) {
    case DataType.float32:
    case DataType.complex64:
      return TensorField.floatData;
    case DataType.float64:
    case DataType.complex128:
      return TensorField.doubleData;
    case DataType.int64:
      return TensorField.int64Data;
    case DataType.uint32:
    case DataType.uint64:
      return TensorField.uint64Data;
    case DataType.string:
      return TensorField.stringData;
    default:
      return TensorField.int32Data;
  }
}

function sourceOf(reader: WireReader, parts: Parts, dims: readonly number[], options: DecodeOptions): TensorSource {
  const bits = dataTypeBits(parts.type);
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (parts.isExternal) return externalSource(reader, parts);
  if (parts.typedField && parts.raw === undefined && parts.typedField !== typedFieldOf(parts.type)) {
    refuse(reader, parts, 'model.tensor-data', `is ${dataTypeName(parts.type)} but keeps its data in field ${parts.typedField}`);
  }
  if (parts.type === DataType.string) {
    if (parts.strings.length !== size)
      refuse(reader, parts, 'model.tensor-size', `has ${parts.strings.length} strings for ${shownDims(dims)}`);
    return { kind: 'strings', strings: parts.strings };
  }
  const data = parts.raw ?? typedData(reader, parts);
  const wanted = bits === undefined ? data.length : Math.ceil((size * bits) / 8);
  if (data.length !== wanted) {
    const problem = data.length === 0 ? 'has no data' : `has ${data.length} bytes of data`;
    refuse(reader, parts, 'model.tensor-size', `${problem} where ${shownDims(dims)} of ${dataTypeName(parts.type)} take ${wanted}`);
  }
  if (data instanceof Uint8Array) return { kind: 'bytes', bytes: data };
  return { kind: 'file', path: options.path ?? '', offset: data.offset, length: data.length, external: false };
}

function typedData(reader: WireReader, parts: Parts): Uint8Array | StoredRange {
  if (parts.integers.length) return packIntegers(parts.type, parts.integers);
  if (parts.fixed.length === 1) return parts.fixed[0]!;
  return joinBytes(parts.fixed.map((piece) => (piece instanceof Uint8Array ? piece : reader.load(piece))));
}

/** Integers of a type-specific field as raw_data would hold them. */
function packIntegers(type: number, values: readonly (number | bigint)[]): Uint8Array {
  const bits = dataTypeBits(type) ?? 32;
  if (bits === 64) return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  if (bits === 32) return new Uint8Array(Int32Array.from(values, Number).buffer);
  if (bits === 16) return new Uint8Array(Int16Array.from(values, Number).buffer);
  if (bits !== 6) return Uint8Array.from(values, Number);
  const packed = new Uint8Array(Math.ceil((values.length * 6) / 8));
  values.forEach((value, i) => {
    const at = Math.floor((i * 6) / 8);
    const shifted = (Number(value) & 0x3f) << ((i * 6) % 8);
    packed[at]! |= shifted & 0xff;
    if (shifted > 0xff) packed[at + 1]! |= shifted >> 8;
  });
  return packed;
}

function externalSource(reader: WireReader, parts: Parts): TensorSource {
  const location = parts.external.get('location');
  if (!location) return refuse(reader, parts, 'model.external-data', 'is said to lie in another file but names none');
  const number = (key: string): number | undefined => {
    const value = parts.external.get(key);
    if (value === undefined || value === '') return undefined;
    if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
    return refuse(reader, parts, 'model.external-data', `has the external ${key} ${JSON.stringify(value.slice(0, 40))}, which is no size`);
  };
  return { kind: 'external', location, offset: number('offset') ?? 0, length: number('length') };
}

/** Reads a SparseTensorProto; the name is that of its values. */
export function decodeSparseTensor(reader: WireReader, options: DecodeOptions): NamedTensor {
  const start = reader.offset;
  const loaded = { ...options, smallTensor: Infinity, smallTensorBudget: Infinity };
  let values: NamedTensor | undefined;
  let indices: NamedTensor | undefined;
  const dims: (number | bigint)[] = [];
  while (reader.next()) {
    if (reader.field === 1) values = reader.message(() => decodeTensor(reader, loaded));
    else if (reader.field === 2) indices = reader.message(() => decodeTensor(reader, loaded));
    else if (reader.field === 3) reader.intsInto(dims);
    else reader.skip();
  }
  if (!values || !indices) return reader.fail('model.damaged', 'a sparse tensor lacks its values or indices', start);
  const name = values.name;
  const parts = { name, dims, offset: start };
  if (values.tensor.source.kind !== 'bytes' || indices.tensor.source.kind !== 'bytes') {
    refuse(reader, parts, 'model.sparse-data', 'is sparse and keeps its values in another file or as strings');
  }
  const shape = checkedDims(reader, parts);
  const rank = indices.tensor.dims.length === 2 ? indices.tensor.dims[1]! : 1;
  if (
    indices.tensor.type !== DataType.int64 ||
    indices.tensor.size !== values.tensor.size * rank ||
    (rank !== 1 && rank !== shape.length)
  ) {
    refuse(reader, parts, 'model.sparse-index', `is sparse and its indices do not fit its ${values.tensor.size} values`);
  }
  const tensor = new Tensor(values.tensor.type, shape, { kind: 'sparse', values: values.tensor, indices: indices.tensor });
  rememberMessage(tensor, reader.since(start));
  return { name, tensor };
}

/** A shape for a message, cut where it would fill the screen. */
export const shownDims = (dims: readonly number[]): string => `[${dims.slice(0, 8).join(', ')}${dims.length > 8 ? ', …' : ''}]`;

function refuse(reader: WireReader, parts: Pick<Parts, 'name' | 'offset'>, code: string, problem: string): never {
  return reader.fail(code, `the tensor ${shortName(parts.name)} ${problem}`, parts.offset);
}

/** A name in quotes, cut where it would fill the screen. */
export const shortName = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);

export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
