import workerCode from 'worker:./worker.ts';
import type { LayoutInput, LayoutResult } from './types.ts';

/** Lays out in a worker made from a blob: (the only source of workers that the page's policy allows). */
export class LayoutClient {
  #worker: Worker | undefined;

  /** Resolves with the layout; ends the one before if it still runs, whose promise then rejects with AbortError. */
  layout(input: LayoutInput, signal: AbortSignal): Promise<LayoutResult> {
    this.#worker?.terminate();
    const url = URL.createObjectURL(new Blob([workerCode], { type: 'text/javascript' }));
    const worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        worker.terminate();
        reject(signal.reason as Error);
      });
      worker.onmessage = ({ data }: MessageEvent<LayoutResult>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(input);
    });
  }
}
