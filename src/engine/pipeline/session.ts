import os from 'node:os';
import type { PruningHistory } from '../../protocol/rounds-layout.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import type { Checkpoints } from '../base/checkpoint.ts';
import type { Context, Logger, ProgressSink } from '../base/context.ts';
import type { LatheError } from '../base/errors.ts';
import { throwIfCancelled } from '../base/errors.ts';
import { latheVersion } from '../base/version.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { writeResolvedRecipe } from '../recipe/write.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { removeTemporaryFiles, writeFileAtomic, writeJsonAtomic } from './atomic.ts';
import { folderCheckpoints } from './checkpoints.ts';
import { TrainingRecord } from './curves/training-record.ts';
import { RoundsRecord } from './rounds/rounds-record.ts';
import { acquireLock, type Lock } from './lock.ts';
import { peakRssBytes } from './memory.ts';
import { ProgressTracker, type JobProgress, type Stage } from './progress.ts';
import { createRunFolder, findResumable, openRunFolder, recipeKey, type RunAsked, type RunFolder } from './run-folder.ts';
import { runLog } from './run-log.ts';
import type { RunRecord } from './run-record.ts';
import { ResultStore } from './store.ts';

export interface RunDeps {
  readonly runtime: Runtime;
  /** Its progress sink is not used: see `onProgress`. */
  readonly context: Context;
  /** Where the run keeps its results, as soon as that is known. */
  readonly onRunFolder?: (folder: string) => void;
  /** Progress of the whole job with the time left. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** How the trainings go, in the order in which they began: at most about once a second, each of some hundred points. */
  readonly onTraining?: (curves: readonly TrainingCurve[]) => void;
  /** The rounds of the steps that prune, in the order in which they began; after each. */
  readonly onRounds?: (prunings: readonly PruningHistory[]) => void;
}

/** Which run to work on: a new one, the newest unfinished one of the recipe (or a new one), or this folder. */
export type RunChoice = 'new' | 'newest' | { readonly folder: string };

export interface StageWork<T> {
  /** As in the plan. */
  readonly name: string;
  /** Plain data that the result follows from, and nothing else. */
  readonly parts: unknown;
  /** Gives plain data. */
  readonly work: (context: Context, key: string) => Promise<T>;
  /** Whether the files that a kept result speaks of are still what they were. */
  readonly isIntact?: (kept: T) => Promise<boolean>;
}

/** One process's work on a run folder: holds the lock, keeps the record, times the stages. */
export class RunSession {
  readonly checkpoints: Checkpoints;
  readonly context: Context;
  readonly #store: ResultStore;
  #tracker: ProgressTracker;

  private constructor(
    readonly folder: RunFolder,
    readonly record: RunRecord,
    readonly resumed: boolean,
    private readonly lock: Lock,
    private readonly deps: RunDeps,
    readonly trainings: TrainingRecord,
    readonly prunings: RoundsRecord,
  ) {
    const { context } = deps;
    this.#store = new ResultStore(folder.cache);
    this.checkpoints = folderCheckpoints(folder.checkpoints);
    this.context = { ...context, logger: this.#keepingWarnings(runLog(folder.file('log.jsonl'), context.logger, context.clock)) };
    this.#tracker = new ProgressTracker([], context.clock, () => {});
  }

  /** Makes or opens the run folder and takes its lock. Throws `run.locked`, `run.missing`, `disk.full`, `disk.denied`. */
  static async open(recipe: ResolvedRecipe, deps: RunDeps, choice: RunChoice, asked: RunAsked = {}): Promise<RunSession> {
    const existing = await chosenFolder(recipe, choice, asked);
    const started = new Date(deps.context.clock.now());
    const folder = existing ? (await openRunFolder(existing)).folder : await createRunFolder(recipe.output.folder, recipe.name, started);
    const lock = await acquireLock(folder.path);
    try {
      // Read under the lock: its last holder may have gone on with it until a moment ago.
      const fresh = newRecord(recipe, deps, started, asked);
      const { lathe, versions, machine } = fresh;
      const record = existing ? { ...(await openRunFolder(existing)).record, lathe, versions, machine } : fresh;
      const trainings = await TrainingRecord.open(folder.path, deps.context, deps.onTraining);
      const prunings = await RoundsRecord.open(folder.path, deps.context, deps.onRounds);
      const session = new RunSession(folder, record, existing !== undefined, lock, deps, trainings, prunings);
      await removeTemporaryFiles(folder.path);
      await writeFileAtomic(folder.recipe, writeResolvedRecipe(recipe));
      session.record.sessions++;
      session.record.state = 'running';
      delete session.record.error;
      await session.save();
      deps.onRunFolder?.(folder.path);
      return session;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Says what the job consists of, before its stages begin. */
  plan(stages: readonly Stage[]): void {
    this.#tracker = new ProgressTracker(stages, this.deps.context.clock, (progress) => this.deps.onProgress?.(progress));
  }

  /**
   * The result of a stage: kept in the run folder, and not computed again by a process that continues the run. `work` gets the key
   * of its inputs, for its checkpoints.
   */
  async stage<T>({ name, parts, work, isIntact }: StageWork<T>): Promise<T> {
    throwIfCancelled(this.context.signal);
    const all = this.#follows(name, parts);
    const found = await this.#store.find<T>(all);
    if (found !== undefined && ((await isIntact?.(found)) ?? true)) {
      this.#tracker.skip(name);
      this.context.logger.info(`${name}: kept from before`);
      return found;
    }
    const value = await this.timed(name, (progress) => work({ ...this.context, progress }, this.#store.key(all)));
    await this.#store.keep(all, value);
    return value;
  }

  /** A piece of a stage, kept like one: a process that continues the run loses the last piece at most. */
  async piece<T>(name: string, parts: unknown, work: () => Promise<T>, isIntact?: StageWork<T>['isIntact']): Promise<T> {
    throwIfCancelled(this.context.signal);
    const all = this.#follows(name, parts);
    const found = await this.#store.find<T>(all);
    if (found !== undefined && ((await isIntact?.(found)) ?? true)) return found;
    const value = await work();
    await this.#store.keep(all, value);
    return value;
  }

  /** What a result follows from, versions included. */
  readonly #follows = (name: string, parts: unknown): unknown => ({ name, lathe: latheVersion, runtime: this.deps.runtime.version, parts });

  /** Adds the time that `work` takes to the record; progress of a stage that is in the plan moves the job's. */
  async timed<T>(name: string, work: (progress: ProgressSink) => Promise<T>): Promise<T> {
    const { clock, logger } = this.context;
    const [began, cpu] = [clock.monotonic(), process.cpuUsage()];
    logger.info(`${name}: begins`);
    const value = await work(this.#tracker.begin(name));
    this.#tracker.end(name);
    const seconds = (clock.monotonic() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const before = this.record.timings[name] ?? { seconds: 0, cpuSeconds: 0 };
    this.record.timings[name] = { seconds: before.seconds + seconds, cpuSeconds: before.cpuSeconds + (user + system) / 1e6 };
    logger.info(`${name}: done`, { seconds });
    await this.save();
    return value;
  }

  /** Writes `run.json`. */
  async save(): Promise<void> {
    this.record.peakRssBytes = Math.max(this.record.peakRssBytes, peakRssBytes());
    await writeJsonAtomic(this.folder.record, this.record);
  }

  /** The run is done: keeps its document, has the report written and lets go of the folder. */
  async finish(document: (peakRssBytes: number) => RunDocument, writeReport: (record: RunRecord) => Promise<void>): Promise<RunDocument> {
    const { record, context } = this;
    record.peakRssBytes = Math.max(record.peakRssBytes, peakRssBytes());
    record.result = document(record.peakRssBytes);
    record.ended = new Date(context.clock.now()).toISOString();
    await writeReport(record);
    await this.#close('finished');
    return record.result;
  }

  /** The run stopped: the record says why, and what was finished stays for the next process. */
  async fail(error: LatheError): Promise<void> {
    this.record.error = { code: error.code, message: error.message, exitCode: error.exitCode };
    this.context.logger.error(error.message, { code: error.code });
    await this.trainings.settle();
    try {
      await this.#close(error.code === 'cancelled' ? 'cancelled' : 'failed');
    } catch (second) {
      // A full disk takes no record either; a run without a living process counts as interrupted.
      this.context.logger.warn(`run.json can't be written: ${(second as Error).message}`);
    }
  }

  async #close(state: RunRecord['state']): Promise<void> {
    this.record.state = state;
    this.record.ended = new Date(this.context.clock.now()).toISOString();
    try {
      await this.save();
    } finally {
      await this.lock.release();
    }
  }

  #keepingWarnings(logger: Logger): Logger {
    const warn: Logger['warn'] = (message, data) => {
      if (!this.record.warnings.includes(message)) this.record.warnings.push(message);
      logger.warn(message, data);
    };
    return { ...logger, warn };
  }
}

async function chosenFolder(recipe: ResolvedRecipe, choice: RunChoice, asked: RunAsked): Promise<string | undefined> {
  if (choice === 'new') return undefined;
  return choice === 'newest' ? findResumable(recipe.output.folder, recipe, asked) : choice.folder;
}

function newRecord(recipe: ResolvedRecipe, deps: RunDeps, started: Date, { only, search }: RunAsked): RunRecord {
  const { runtime, context } = deps;
  return {
    lathe: latheVersion,
    state: 'running',
    name: recipe.name,
    recipeKey: recipeKey(recipe, { only, search }),
    recipe,
    ...(only === undefined ? {} : { only }),
    ...(search === undefined ? {} : { search }),
    seed: recipe.seed,
    versions: { lathe: latheVersion, node: process.versions.node, [runtime.name]: runtime.version },
    machine: { platform: process.platform, arch: process.arch, cpu: os.cpus()[0]?.model ?? 'unknown', threads: context.threads },
    started: started.toISOString(),
    sessions: 0,
    hashes: {},
    data: [],
    timings: {},
    peakRssBytes: 0,
    warnings: [],
  };
}
