import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { LatheError } from '../base/errors.ts';
import { carryMessage } from './as-read.ts';
import { accept } from './check.ts';
import { decodeModelFrom } from './decode-model.ts';
import { ExternalData, type ExternalRange } from './external-data.ts';
import { fileError } from './file-error.ts';
import type { Model } from './graph.ts';
import { Tensor } from './tensor.ts';
import { tensorPlaces } from './tensor-places.ts';
import type { ByteSource } from './wire-reader.ts';

/** Tensors up to this size are loaded by a scan: shapes, axes, scales. */
const smallTensor = 4096;
/** All of them together: many small tensors must not make a light scan heavy. */
const smallTensorBudget = 32 * 2 ** 20;

/**
 * Reads a model without its weights: they stay in the file as sources of kind 'file', small tensors (≤ 4 KiB) are loaded. The
 * graph is checked and sorted as `readModel` does; what is odd is in `model.findings`. `lenient`, for viewing: an invalid graph
 * is a finding. Throws LatheError `model.*`, `graph.*`, `file.read`.
 */
export async function scanModel(path: string, options: { readonly lenient?: boolean } = {}): Promise<Model> {
  const model = scanFile(path);
  const external = new ExternalData(path);
  let budget = smallTensorBudget;
  for (const { name, tensor, replace } of tensorPlaces(model)) {
    if (tensor.source.kind !== 'external') continue;
    const range = await external.locate(name, tensor);
    const stored = new Tensor(tensor.type, tensor.dims, { kind: 'file', ...range, external: true });
    const isSmall = range.length <= Math.min(smallTensor, budget);
    if (isSmall) budget -= range.length;
    replace(isSmall ? await loadTensor(stored) : stored);
  }
  accept(model, options.lenient);
  return model;
}

function scanFile(path: string): Model {
  let file: number | undefined;
  try {
    // Looked at before it is opened: opening a pipe would wait for its other end.
    if (!statSync(path).isFile()) throw new LatheError('file.read', 'this is no regular file', { file: path });
    file = openSync(path, 'r');
    const status = fstatSync(file);
    return decodeModelFrom(fileSource(file, status.size), { path, smallTensor, smallTensorBudget });
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function fileSource(file: number, size: number): ByteSource {
  let buffer = new Uint8Array(1 << 16);
  return {
    size,
    stable: false,
    read(offset, length) {
      const wanted = Math.min(length, size - offset);
      if (wanted > buffer.length) buffer = new Uint8Array(wanted);
      return buffer.subarray(0, readSync(file, buffer, 0, wanted, offset));
    },
  };
}

/** The tensor with its data in memory. Throws `model.truncated` when the file has become shorter since it was scanned. */
export async function loadTensor(tensor: Tensor): Promise<Tensor> {
  if (tensor.source.kind === 'external') {
    throw new LatheError('model.weights-not-loaded', "the model's external data was never looked for", {
      file: tensor.source.location,
      hint: 'Open the model from its file.',
    });
  }
  if (tensor.source.kind !== 'file') return tensor;
  return carryMessage(tensor, new Tensor(tensor.type, tensor.dims, { kind: 'bytes', bytes: await readRange(tensor.source) }));
}

/** One read call moves at most this much: the operating systems stop at 2 GB. */
const largestRead = 2 ** 30;

/** Reads a stretch of a file whose size was checked before. */
export async function readRange({ path, offset, length }: ExternalRange): Promise<Uint8Array> {
  let handle;
  try {
    handle = await open(path, 'r');
    const { size } = await handle.stat();
    if (offset + length > size)
      throw new LatheError('model.truncated', 'the file became shorter after it was opened', { file: path, offset: size });
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, largestRead), offset + done);
      if (bytesRead === 0)
        throw new LatheError('model.truncated', 'the file became shorter while it was read', { file: path, offset: offset + done });
      done += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await handle?.close();
  }
}
