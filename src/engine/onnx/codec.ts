import { LatheError } from '../base/errors.ts';
import { decodeModelFrom } from './decode-model.ts';
import { encodeModelTo } from './encode-model.ts';
import type { Model } from './graph.ts';
import { memorySource } from './wire-reader.ts';

/**
 * Reads an .onnx file's bytes (onnx.proto, IR versions up to 14). Weights are views of `bytes`, which must not change afterwards;
 * external data stays a reference (`readModel` loads it). `path` is for messages. Throws LatheError `model.*` with the byte offset.
 */
export function decodeModel(bytes: Uint8Array, path?: string): Model {
  return decodeModelFrom(memorySource(bytes), { path, smallTensor: Infinity, smallTensorBudget: Infinity });
}

/**
 * The bytes of an .onnx file. What was read and not changed is written as it was, so an untouched file whose fields are in
 * order comes out byte for byte. Throws `model.weights-not-loaded` after a light scan and `model.too-large` above 2 GB.
 */
export function encodeModel(model: Model): Uint8Array {
  const writer = encodeModelTo(model, new Map());
  const bytes = new Uint8Array(writer.length);
  let at = 0;
  for (const chunk of writer.chunks()) {
    if (!(chunk instanceof Uint8Array)) {
      throw new LatheError('model.weights-not-loaded', 'the weights have not been read from the file', { file: chunk.path });
    }
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
