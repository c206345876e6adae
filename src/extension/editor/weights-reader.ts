import type { Channel } from '../../protocol/transport.ts';
import { modelMessages } from '../../protocol/webview.ts';
import type { Reading } from '../../engine/drawing/weights/chunks.ts';
import type { FileReader } from './file-reader.ts';

/** Progress is told at most this often. */
const toldEveryMs = 100;

export interface WeightsSource {
  /** The model of the view. */
  reader(): Promise<FileReader>;
  /** The float model that a run made it from; undefined where there is none. */
  original(): Promise<FileReader | undefined>;
}

/**
 * Answers a view's questions about weights. They are read in slices of some 100 KiB in this process, with a pause behind each: a job's process would take
 * longer to start than most tensors take to read, and nothing here takes longer than a few milliseconds or a few MiB at once. One reading at a time.
 */
export function answerWeights(channel: Channel, source: WeightsSource): { dispose(): void } {
  let current: AbortController | undefined;
  const stop = (): void => current?.abort(new Error('not wanted any more'));
  const reading = (): Reading => {
    stop();
    const controller = (current = new AbortController());
    let told = 0;
    return {
      signal: controller.signal,
      progress(fraction) {
        const now = Date.now();
        if (now - told < toldEveryMs || controller.signal.aborted) return;
        told = now;
        channel.tell(modelMessages.reading, { fraction });
      },
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    };
  };
  channel.onNotice(modelMessages.stopReading, stop);
  channel.onQuestion(modelMessages.weights, async (place) => (await source.reader()).weights(place, reading()));
  channel.onQuestion(modelMessages.kernels, async (wanted) => (await source.reader()).kernels(wanted, quiet()));
  channel.onQuestion(modelMessages.rounded, async ({ against, ...place }) => {
    const reader = await source.reader();
    if (against !== 'original') return reader.rounded(place, against, reading());
    const original = await source.original();
    if (!original) throw new Error('the model that the run began with is not there any more');
    return reader.besideOriginal(place, original, reading());
  });
  return { dispose: stop };
}

/** A few elements for a picture are there at once: they end no other reading and tell no progress. */
const quiet = (): Reading => ({ signal: new AbortController().signal, progress: () => undefined, pause: async () => undefined });
