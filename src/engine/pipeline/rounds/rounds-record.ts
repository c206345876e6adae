import path from 'node:path';
import type { PruningRound } from '../../../protocol/pruning.ts';
import type { PruningHistory } from '../../../protocol/rounds-layout.ts';
import type { Context } from '../../base/context.ts';
import { writeJsonAtomic } from '../atomic.ts';
import { checkedRounds, readRounds, roundsFile } from './read-rounds.ts';

/** The rounds of a run's prunings: told to whoever watches and kept in the run folder. A process that continues a run begins with those of the one before. */
export class RoundsRecord {
  #histories = new Map<string, PruningHistory>();
  /** One after another. */
  #written = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly context: Pick<Context, 'logger'>,
    private readonly tell: ((prunings: readonly PruningHistory[]) => void) | undefined,
  ) {}

  static async open(
    folder: string,
    context: Pick<Context, 'logger'>,
    tell: ((prunings: readonly PruningHistory[]) => void) | undefined,
  ): Promise<RoundsRecord> {
    const record = new RoundsRecord(folder, context, tell);
    record.#histories = new Map((await readRounds(folder)).map((history) => [history.step, history]));
    return record;
  }

  /** In the order in which they began. */
  get histories(): PruningHistory[] {
    return [...this.#histories.values()];
  }

  /** To be called after each round, with all until then. Throws nothing: a picture is not worth a run. */
  take(step: string, rounds: readonly PruningRound[]): Promise<void> {
    const [history] = checkedRounds({ prunings: [{ step, rounds }] });
    this.#histories.set(step, history!);
    this.tell?.(this.histories);
    return (this.#written = this.#written.then(() => this.#write()));
  }

  async #write(): Promise<void> {
    try {
      await writeJsonAtomic(path.join(this.folder, roundsFile), { prunings: this.histories });
    } catch (error) {
      this.context.logger.debug(`the rounds can't be written: ${(error as Error).message}`);
    }
  }
}
