import type { Command, Finished, Processes } from '../../base/command.ts';
import type { Context } from '../../base/context.ts';
import { Cancelled, LatheError } from '../../base/errors.ts';
import type { CompileStep } from '../../targets/compile-plan.ts';
import type { BoundedLog } from './bounded-log.ts';
import { commandText } from './command-text.ts';

/** A compiler prints some hundred lines; one that prints without end would fill nothing but would never end either. */
const mostCharacters = 1 << 28;
/** Lines that are told while it runs. */
const toldLines = 2000;
const cleanUpLimitMs = 10_000;

export interface StepTools {
  readonly processes: Processes;
  readonly context: Context;
  /** Where it is started. */
  readonly folder: string;
  /** All that the steps print. */
  readonly log: BoundedLog;
}

/** Runs one step to its end, however it ends. Throws Cancelled, `compile.timeout`, `compile.endless-output`, and what starting throws. */
export async function runStep(step: CompileStep, { processes, context, folder, log }: StepTools): Promise<Finished> {
  const flood = new AbortController();
  const before = log.characters;
  let told = 0;
  log.add(`$ ${commandText(step.command, folder)}`);
  // At once: who cancels waits for less than a second, and what started a container may wait for it.
  let cleaning: Promise<void> | undefined;
  const onAbort = (): void => void (cleaning = cleanUp(step.cleanUp, processes, context));
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const finished = await processes.run(
      { folder, ...step.command },
      {
        signal: AbortSignal.any([context.signal, flood.signal]),
        limitMs: step.limitMs,
        // What it prints is read line by line.
        keptBytes: 1 << 12,
        ...(step.cleanUp ? { ifLeft: step.cleanUp } : {}),
        onLine: (line) => {
          log.add(line);
          if (told++ < toldLines) context.logger.debug(line);
          if (log.characters - before > mostCharacters) flood.abort();
        },
      },
    );
    if (!finished.timedOut) return finished;
  } catch (error) {
    await cleaning;
    // Again: it may have come into being in the moment between.
    await cleanUp(step.cleanUp, processes, context);
    if (!(error instanceof Cancelled) || context.signal.aborted || !flood.signal.aborted) throw error;
    throw new LatheError('compile.endless-output', `${step.title}: it printed without end and was stopped`, {}, 1);
  } finally {
    context.signal.removeEventListener('abort', onAbort);
  }
  await cleanUp(step.cleanUp, processes, context);
  const minutes = Math.round(step.limitMs / 6000) / 10;
  throw new LatheError(
    'compile.timeout',
    `${step.title}: not done after ${minutes} minutes, and stopped`,
    { hint: 'Give it more time (--limit), or look into the log for where it stands still.' },
    1,
  );
}

/** Ends what a step left behind, also while the job itself is being cancelled. */
export async function cleanUp(command: Command | undefined, processes: Processes, { logger }: Context): Promise<void> {
  if (!command) return;
  try {
    await processes.run(command, { signal: new AbortController().signal, limitMs: cleanUpLimitMs });
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    logger.warn(`what a step may have left behind could not be removed: ${error.message}`);
  }
}
