import type { BatchSource } from '../../data/batches.ts';

/** Answers are kept up to this size: 10 classes take 40 bytes a picture, a map of 64 channels of 32 × 32 takes 256 KiB. */
const mostKeptBytes = 256 * 2 ** 20;

/** What a teacher said about pictures that look the same in every epoch: rows of float32 by picture, one for each value, or nothing where they would not fit. */
export class KnownAnswers {
  readonly #rows = new Map<number, readonly Float32Array[]>();
  readonly #keeps: boolean;

  /** `bytes`: of one picture's answers. */
  constructor(bytes: number, { isFixed, size, stepsPerEpoch }: Pick<BatchSource, 'isFixed' | 'size' | 'stepsPerEpoch'>) {
    // What an epoch drops at its end is less than a batch.
    this.#keeps = isFixed && bytes * size * (stepsPerEpoch + 1) <= mostKeptBytes;
  }

  of(sample: number): readonly Float32Array[] | undefined {
    return this.#rows.get(sample);
  }

  keep(sample: number, rows: readonly Float32Array[]): void {
    if (this.#keeps) this.#rows.set(sample, rows);
  }
}
