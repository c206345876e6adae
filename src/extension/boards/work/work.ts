import path from 'node:path';
import type { Host } from '../../host.ts';
import type { Job, JobProgress, JobResult, LogLine, PartialResult } from '../../../protocol/job.ts';
import type { TaskDefinition } from '../tasks/definition.ts';
import { dim, plain, red, yellow } from '../text.ts';

/** A task on its way: what it says goes to `line`, a line each; `signal` ends it. */
export interface Work {
  readonly host: Host;
  readonly task: TaskDefinition;
  /** Absolute: where relative paths of the task begin. */
  readonly folder: string;
  readonly line: (text: string) => void;
  readonly signal: AbortSignal;
}

export const placeOf = ({ folder }: Work, written: string): string => path.resolve(folder, written);

/** What a terminal shows of a job beside its phases: warnings alone, or all that other programs print. */
const printsAll: ReadonlySet<Job['kind']> = new Set(['compile', 'deploy', 'import']);

/** Runs a job of a task: its phases and its log go to the task's terminal. */
export function runJob<J extends Job>(
  { host, line, signal }: Work,
  title: string,
  job: J,
  model?: string,
  onPartial?: (partial: PartialResult) => void,
): Promise<JobResult<J>> {
  let phase = '';
  const onProgress = (progress: JobProgress): void => {
    if (progress.phase === phase) return;
    phase = progress.phase;
    line(dim(`· ${plain(phase)}${progress.total > 1 ? ` (${progress.total} ${progress.unit})` : ''}`));
  };
  const onLog = ({ level, message }: LogLine): void => {
    if (level === 'error') line(`${red('error')} ${plain(message)}`);
    else if (level === 'warn') line(`${yellow('warning')} ${plain(message)}`);
    else if (printsAll.has(job.kind)) line(level === 'debug' ? dim(plain(withoutColours(message))) : plain(message));
  };
  return host.jobs.run(title, job, model, { signal, onProgress, onLog, ...(onPartial ? { onPartial } : {}) });
}

/** Tools colour what they print; here all of it is dimmed. */
const withoutColours = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '');
