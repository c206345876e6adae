import path from 'node:path';
import type { TrainingCurve } from '../../../protocol/training.ts';
import type { Context } from '../../base/context.ts';
import { writeJsonAtomic } from '../atomic.ts';
import { curvesFile, readCurves } from './read-curves.ts';
import { thinned } from './thin.ts';

/** More often nobody could read it. */
const tellEveryMs = 1000;
/** For those who look at the folder: another window, or somebody after a crash. */
const writeEveryMs = 3000;

/**
 * The learning curves of a run: told to whoever watches and kept in the run folder, both thinned and not more often than somebody can look. A
 * process that continues a run begins with those of the one before.
 */
export class TrainingRecord {
  #curves = new Map<string, TrainingCurve>();
  #told = -Infinity;
  #written = -Infinity;
  #writing: Promise<void> | undefined;

  private constructor(
    private readonly folder: string,
    private readonly context: Pick<Context, 'clock' | 'logger'>,
    private readonly tell: ((curves: readonly TrainingCurve[]) => void) | undefined,
  ) {}

  static async open(
    folder: string,
    context: Pick<Context, 'clock' | 'logger'>,
    tell: ((curves: readonly TrainingCurve[]) => void) | undefined,
  ): Promise<TrainingRecord> {
    const record = new TrainingRecord(folder, context, tell);
    record.#curves = new Map((await readCurves(folder)).map((curve) => [curve.step, curve]));
    return record;
  }

  /** All of them, thinned, in the order in which they began. */
  get curves(): TrainingCurve[] {
    return [...this.#curves.values()].map((curve) => thinned(curve));
  }

  /** To be called after every step; the same object may grow. */
  readonly watch = (curve: TrainingCurve): void => {
    this.#curves.set(curve.step, curve);
    const now = this.context.clock.monotonic();
    if (now - this.#told >= tellEveryMs) {
      this.#told = now;
      this.tell?.(this.curves);
    }
    if (now - this.#written >= writeEveryMs && !this.#writing) {
      this.#written = now;
      this.#writing = this.#write().finally(() => (this.#writing = undefined));
    }
  };

  /** A training that is through, by this process or one before. */
  async finish(curve: TrainingCurve): Promise<void> {
    this.#curves.set(curve.step, curve);
    await this.settle();
  }

  /** Tells and writes how things stand. Throws nothing: a curve is not worth a run. */
  async settle(): Promise<void> {
    if (this.#curves.size === 0) return;
    this.tell?.(this.curves);
    await this.#writing;
    await this.#write();
  }

  async #write(): Promise<void> {
    try {
      await writeJsonAtomic(path.join(this.folder, curvesFile), { trainings: this.curves });
    } catch (error) {
      this.context.logger.debug(`the learning curve can't be written: ${(error as Error).message}`);
    }
  }
}
