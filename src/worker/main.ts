import os from 'node:os';
import { runJob, systemClock, type Context, type Logger } from '../engine/api.ts';
import type { WorkerReply, WorkerRequest } from '../protocol/job.ts';
import { errorToPlain } from './plain-error.ts';

/** Entry of the process that runs one job. It is forked by `client.ts`, answers over the channel to its parent and ends with it. */

const cancellation = new AbortController();

const parentCheckMs = 2000;
/** More often, nobody could read it. */
const progressEveryMs = 100;

function reply(message: WorkerReply, sent: () => void = () => {}): void {
  // A parent that is gone is dealt with by `disconnect`.
  if (process.connected) process.send?.(message, undefined, undefined, sent);
}

/**
 * A job whose parent is gone (a closed window, a killed shell) stops at once and leaves its run as a kill would: interrupted, to be
 * continued. Only a parent that asks for it gets a run that counts as cancelled.
 */
function endWithParent(): void {
  const parent = process.ppid;
  process.once('disconnect', () => process.exit(1));
  // The channel outlives a parent that handed it to another process of its own.
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, parentCheckMs).unref();
}

function beNice(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some sandboxes forbid it; the job is the same, only the editor may feel it.
  }
}

function logger(): Logger {
  const at =
    (level: keyof Logger): Logger['info'] =>
    (message, data) =>
      reply({ type: 'log', level, message, data });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function context({ threads, memory }: Extract<WorkerRequest, { type: 'start' }>): Context {
  const limits = { threads, ...(memory === undefined ? {} : { memory }) };
  return { logger: logger(), progress: { report() {} }, signal: cancellation.signal, clock: systemClock, ...limits };
}

async function start(request: Extract<WorkerRequest, { type: 'start' }>): Promise<void> {
  let last = -Infinity;
  const result = await runJob(request.job, {
    context: context(request),
    onRunFolder: (folder) => reply({ type: 'run-folder', folder }),
    onPartial: (partial) => reply({ type: 'partial', partial }),
    onProgress: (progress) => {
      const now = systemClock.monotonic();
      if (now - last < progressEveryMs && progress.done < progress.total) return;
      last = now;
      reply({ type: 'progress', ...progress });
    },
  });
  finish({ type: 'result', result });
}

function finish(message: WorkerReply): void {
  if (!process.connected) process.exit(1);
  reply(message, () => process.exit(0));
}

const fail = (error: unknown): void => finish({ type: 'error', error: errorToPlain(error) });

beNice();
endWithParent();
// Ctrl-C in a terminal reaches the whole process group: the parent cancels, in order.
process.on('SIGINT', () => {});
// Ctrl-C in a terminal reaches every process of the group: the parent decides what it means and says so over the channel.
process.on('SIGINT', () => {});
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('message', (request: WorkerRequest) => {
  if (request.type === 'cancel') cancellation.abort();
  else start(request).catch(fail);
});
reply({ type: 'ready' });
