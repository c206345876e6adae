import workerCode from 'worker:./worker.ts';
import type { LayoutInput, LayoutResult } from './types.ts';

/** Lays out in a worker made from a blob: (the only source of workers that the page's policy allows), which is kept for the next question. */
export class LayoutClient {
  #worker = startWorker();
  #abandon: (() => void) | undefined;

  /** Resolves with the layout; ends the one before if it still runs, whose promise then rejects with AbortError. */
  layout(input: LayoutInput, signal: AbortSignal): Promise<LayoutResult> {
    this.#abandon?.();
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      const done = (): void => {
        signal.removeEventListener('abort', abandon);
        this.#abandon = undefined;
      };
      const abandon = (): void => {
        done();
        worker.terminate();
        this.#worker = startWorker();
        reject(signal.aborted ? (signal.reason as Error) : new DOMException('another layout was asked for', 'AbortError'));
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', abandon);
      this.#abandon = abandon;
      worker.onmessage = ({ data }: MessageEvent<LayoutResult>) => {
        done();
        resolve(data);
      };
      worker.onerror = ({ message }) => {
        done();
        reject(new Error(message));
      };
      worker.postMessage(input);
    });
  }
}

function startWorker(): Worker {
  const url = URL.createObjectURL(new Blob([workerCode], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  return worker;
}
