import { LatheError } from '../base/errors.ts';
import { rememberedMessage } from './as-read.ts';
import { shortName, TensorField } from './decode-tensor.ts';
import { KeptFields, splitFields, textField } from './kept-fields.ts';
import type { Tensor } from './tensor.ts';
import { memorySource, WireReader } from './wire-reader.ts';
import type { Payload, WireWriter } from './wire-writer.ts';

/** Where a tensor's data will lie in another file. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Which tensors' data goes to another file when a model is written. */
export type ExternalPlaces = ReadonlyMap<Tensor, ExternalPlace>;

const rewritten: ReadonlySet<number> = new Set(Object.values(TensorField));
/** A tensor of which a light scan left the data in the file is remembered without these. */
const dataFields: ReadonlySet<number> = new Set([
  TensorField.floatData, TensorField.int32Data, TensorField.stringData, TensorField.int64Data, TensorField.rawData,
  TensorField.doubleData, TensorField.uint64Data,
]); // prettier-ignore

/** Writes a TensorProto or, for a sparse source, a SparseTensorProto. Without a name the one it was read with stays. */
export function encodeTensor(writer: WireWriter, field: number, tensor: Tensor, places: ExternalPlaces, name?: string): void {
  const message = rememberedMessage(tensor);
  const place = places.get(tensor);
  if (message && !place && isUpToDate(message, tensor, name)) writer.bytes(field, message);
  else if (tensor.source.kind === 'sparse') encodeSparse(writer, field, tensor, places, name);
  else writer.message(field, () => encodeFields(writer, tensor, message, place, name));
}

/** Whether the message as read says what the tensor is now: its name, and where its data lies. */
function isUpToDate(message: Uint8Array, tensor: Tensor, name: string | undefined): boolean {
  if (tensor.source.kind === 'file') return false;
  const isSparse = tensor.source.kind === 'sparse';
  if (isSparse && name === undefined) return true;
  const reader = new WireReader(memorySource(message));
  let storedName = '';
  let isExternal = false;
  let holdsData = isSparse || tensor.source.kind === 'external' || tensor.size === 0;
  while (reader.next()) {
    if (isSparse && reader.field === 1) storedName = textField(reader.bytes(), TensorField.name);
    else if (!isSparse && reader.field === TensorField.name) storedName = reader.text();
    else if (!isSparse && reader.field === TensorField.dataLocation) isExternal = reader.uint() === 1;
    else {
      holdsData ||= dataFields.has(reader.field);
      reader.skip();
    }
  }
  return holdsData && (name === undefined || storedName === name) && isExternal === (tensor.source.kind === 'external');
}

function encodeFields(
  writer: WireWriter,
  tensor: Tensor,
  message: Uint8Array | undefined,
  place: ExternalPlace | undefined,
  name: string | undefined,
): void {
  const storedName = message ? textField(message, TensorField.name) : '';
  const kept = new KeptFields(writer, message ? [message] : [], rewritten);
  kept.each(TensorField.dims, tensor.dims, (dim) => writer.int(TensorField.dims, dim));
  kept.once(TensorField.dataType, true, () => writer.uint(TensorField.dataType, tensor.type));
  if (tensor.source.kind === 'strings') {
    kept.each(TensorField.stringData, tensor.source.strings, (value) => writer.bytes(TensorField.stringData, value));
  }
  kept.text(TensorField.name, name ?? storedName);
  if (place) encodeExternal(kept, place);
  else if (tensor.source.kind === 'external') encodeExternal(kept, tensor.source, message);
  else if (tensor.source.kind !== 'strings') {
    kept.once(TensorField.rawData, true, () => writer.bytes(TensorField.rawData, payloadOf(tensor)));
  }
  kept.end();
}

function encodeExternal(kept: KeptFields, place: { location: string; offset: number; length?: number }, message?: Uint8Array): void {
  kept.each(TensorField.externalData, message ? externalFields(message) : [], (entry, writer) => writer.raw(entry));
  kept.each(TensorField.externalData, message ? [] : Object.entries(place), ([key, value], writer) => {
    if (externalKeys.has(key) && value !== undefined) encodeEntry(writer, TensorField.externalData, key, String(value));
  });
  kept.once(TensorField.dataLocation, true, (writer) => writer.uint(TensorField.dataLocation, 1));
}

const externalKeys: ReadonlySet<string> = new Set(['location', 'offset', 'length']);

const externalFields = (message: Uint8Array): Uint8Array[] =>
  splitFields(message)
    .filter((field) => field.number === TensorField.externalData)
    .map((field) => field.bytes);

function payloadOf(tensor: Tensor): Payload {
  if (tensor.source.kind === 'file') return tensor.source;
  return tensor.bytes;
}

/** A sparse tensor whose name changed: its values carry the name. */
function encodeSparse(writer: WireWriter, field: number, tensor: Tensor, places: ExternalPlaces, name: string | undefined): void {
  const { source } = tensor;
  if (source.kind !== 'sparse') throw new LatheError('model.damaged', `the tensor ${shortName(name ?? '')} is not sparse`);
  const message = rememberedMessage(tensor);
  const kept = new KeptFields(writer, message ? [message] : [], new Set([1, 2, 3]));
  writer.message(field, () => {
    encodeTensor(writer, 1, source.values, places, name);
    encodeTensor(writer, 2, source.indices, places);
    for (const dim of tensor.dims) writer.int(3, dim);
    kept.end();
  });
}

/** Writes a StringStringEntryProto. */
export function encodeEntry(writer: WireWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.text(1, key);
    writer.text(2, value);
  });
}
