import { parentPort, workerData } from 'node:worker_threads';
import { LatheError } from '../base/errors.ts';
import type { Entry } from './list/entry.ts';
import { loadFile, type LoadPlan, type LoadedContent } from './load.ts';

/** A decoding thread: one message asks for one entry, one message answers. Its own bundle; see decode-pool.ts. */

export interface DecodeRequest {
  readonly id: number;
  readonly entry: Entry;
}

export type DecodeReply =
  | { readonly id: number; readonly content: LoadedContent }
  | { readonly id: number; readonly error: { code: string; message: string; exitCode: 1 | 2 | 3 | 130; file?: string; hint?: string } };

const port = parentPort;
if (!port) throw new LatheError('data.thread', 'the decoding thread is no thread', {}, 1);
const plan = workerData as LoadPlan;

port.on('message', ({ id, entry }: DecodeRequest) => {
  loadFile(entry, plan).then(
    (content) => {
      const buffers = [content.input, content.target].flatMap((tensor) =>
        tensor ? [(tensor.data as Uint8Array<ArrayBuffer>).buffer] : [],
      );
      port.postMessage({ id, content } satisfies DecodeReply, buffers);
    },
    (thrown: unknown) => {
      const error = thrown instanceof LatheError ? thrown : new LatheError('data.thread', String(thrown), {}, 1);
      const { code, message, exitCode, place } = error;
      port.postMessage({ id, error: { code, message, exitCode, file: place.file, hint: place.hint } } satisfies DecodeReply);
    },
  );
});
