import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../base/errors.ts';
import { accept } from './check.ts';
import { decodeModel } from './codec.ts';
import { encodeModelTo, maximumMessageLength } from './encode-model.ts';
import type { ExternalPlace, ExternalPlaces } from './encode-tensor.ts';
import { ExternalData } from './external-data.ts';
import { fileError } from './file-error.ts';
import { FileRanges, readRange } from './file-ranges.ts';
import type { Model } from './graph.ts';
import { Tensor } from './tensor.ts';
import { tensorPlaces } from './tensor-places.ts';
import type { Payload } from './wire-writer.ts';

/**
 * Reads a model with all its weights, external data included, which must lie in the model's folder. Invalid graphs throw (see
 * `checkModel`), unsorted ones are sorted; `model.findings` says what is odd. Throws LatheError `model.*`, `graph.*`, `file.read`.
 */
export async function readModel(file: string): Promise<Model> {
  const model = decodeModel(await readWhole(file), file);
  const ranges = new FileRanges();
  try {
    await loadExternalData(model, file, ranges);
  } finally {
    await ranges.close();
  }
  accept(model);
  return model;
}

async function loadExternalData(model: Model, file: string, ranges: FileRanges): Promise<void> {
  const external = new ExternalData(file);
  for (const { name, tensor, replace } of tensorPlaces(model)) {
    if (tensor.source.kind !== 'external') continue;
    const bytes = await ranges.read(await external.locate(name, tensor));
    replace(new Tensor(tensor.type, tensor.dims, { kind: 'bytes', bytes }));
  }
}

async function readWhole(file: string): Promise<Uint8Array> {
  let size: number;
  try {
    const status = await stat(file);
    if (!status.isFile()) throw new LatheError('file.read', 'this is no regular file', { file });
    size = status.size;
  } catch (error) {
    throw fileError(error, file, 'read');
  }
  if (size > maximumMessageLength) {
    throw new LatheError('model.too-large', `the file has ${size} bytes; an ONNX model ends at 2 GB`, {
      file,
      hint: 'Save it with its weights in another file (external data).',
    });
  }
  return readRange({ path: file, offset: 0, length: size });
}

export interface WriteOptions {
  /** `auto`: weights go to `<file>.data` only when the model would pass 2 GB. */
  readonly externalData?: 'auto' | 'always' | 'never';
}

/** Room left in an .onnx file for everything but weights, when it is decided whether they fit. */
const headerRoom = 64 * 2 ** 20;
/** Smaller tensors stay in the model file, where shape arithmetic is read without the data file (ONNX Runtime's own limit). */
const smallestExternal = 1024;
/** onnx.proto recommends page-aligned offsets, so that runtimes can map the file. */
const pageLength = 4096;

/**
 * Writes a model atomically: a temporary file beside it, flushed, then renamed; with external data that file comes first.
 * Weights that still lie in a file are copied from there. Throws `model.too-large`, `file.write`.
 */
export async function writeModel(model: Model, file: string, options: WriteOptions = {}): Promise<void> {
  const tensors = [...new Set([...tensorPlaces(model)].filter((place) => place.isInitializer).map((place) => place.tensor))];
  const isLarge = tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0) > maximumMessageLength - headerRoom;
  const choice = options.externalData ?? 'auto';
  const places = choice === 'always' || (choice === 'auto' && isLarge) ? placeTensors(tensors, `${path.basename(file)}.data`) : noPlaces;
  const writer = encodeModelTo(model, places);
  if (places.size) await writeAtomically(`${file}.data`, dataChunks(places));
  await writeAtomically(file, writer.chunks());
}

const noPlaces: ExternalPlaces = new Map();

function placeTensors(tensors: readonly Tensor[], location: string): ExternalPlaces {
  const places = new Map<Tensor, ExternalPlace>();
  let end = 0;
  for (const tensor of tensors) {
    const { kind } = tensor.source;
    if (tensor.byteLength < smallestExternal || (kind !== 'bytes' && kind !== 'file')) continue;
    const offset = Math.ceil(end / pageLength) * pageLength;
    places.set(tensor, { location, offset, length: tensor.byteLength });
    end = offset + tensor.byteLength;
  }
  return places;
}

function* dataChunks(places: ExternalPlaces): Generator<Payload> {
  let end = 0;
  for (const [tensor, place] of places) {
    if (place.offset > end) yield new Uint8Array(place.offset - end);
    yield tensor.source.kind === 'file' ? tensor.source : tensor.bytes;
    end = place.offset + place.length;
  }
}

/** Pieces of a file are copied this many bytes at a time. */
const copyLength = 16 * 2 ** 20;
const largestWrite = 2 ** 30;

async function writeAtomically(file: string, chunks: Iterable<Payload>): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    for (const chunk of chunks) await writeChunk(handle, chunk);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, file);
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true });
    throw fileError(error, file, 'write');
  }
}

async function writeChunk(handle: FileHandle, chunk: Payload): Promise<void> {
  if (chunk instanceof Uint8Array) {
    for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at, Math.min(chunk.length - at, largestWrite))).bytesWritten;
    return;
  }
  for (let done = 0; done < chunk.length; done += copyLength) {
    const length = Math.min(copyLength, chunk.length - done);
    await writeChunk(handle, await readRange({ path: chunk.path, offset: chunk.offset + done, length }));
  }
}
