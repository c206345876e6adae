import { Cancelled, LatheError } from '../engine/base/errors.ts';
import type { Job, JobResult, PartialResult } from '../protocol/job.ts';
import { startJob } from '../worker/client.ts';
import type { Cli } from './cli.ts';
import type { JobOptions } from './options/general.ts';
import { quoted, shownPath } from './output/paths.ts';
import { progressDisplay } from './output/progress.ts';

/**
 * Runs a job in its own process with progress on stderr; `onPartial` is told what is known before it ends. A cancelled run says how to go on with it.
 * Throws what `startJob` throws.
 */
export async function runJob<J extends Job>(
  cli: Cli,
  job: J,
  options: JobOptions,
  onPartial?: (partial: PartialResult) => void,
): Promise<JobResult<J>> {
  const display = progressDisplay(cli, options);
  let folder: string | undefined;
  try {
    return await startJob(job, {
      workerPath: cli.workerPath,
      threads: options.threads,
      memory: options.memory,
      signal: cli.signal,
      onProgress: (progress) => display.report(progress),
      onPartial: (partial) => {
        if (partial.training) display.training(partial.training);
        onPartial?.(partial);
      },
      onLog: (line) => display.log(line),
      onRunFolder: (run) => (folder = run),
    });
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    const kept = folder && `What was done is kept; go on with: lathe run ${quoted(shownPath(folder, cli.cwd))} --resume`;
    throw new LatheError('cancelled', 'cancelled', { hint: kept }, 130);
  } finally {
    display.end();
  }
}
