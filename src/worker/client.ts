import { fork, type ChildProcess } from 'node:child_process';
import { Cancelled, LatheError } from '../engine/base/errors.ts';
import type { Job, JobProgress, JobResult, LogLine, PartialResult, WorkerReply, WorkerRequest } from '../protocol/job.ts';
import { errorFromPlain } from './plain-error.ts';

export interface JobOptions {
  /** Bundled process entry, `dist/worker.mjs`. */
  readonly workerPath: string;
  /** The Node that runs it; this process's own by default. */
  readonly nodePath?: string;
  /** ONNX Runtime threads; never changes a result. */
  readonly threads: number;
  /** Bytes that the job may take at most; by default what the machine has. */
  readonly memory?: number;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly onLog?: (line: LogLine) => void;
  /** Where a run keeps its results, as soon as that is known. */
  readonly onRunFolder?: (folder: string) => void;
  /** What is known before the job has ended. */
  readonly onPartial?: (partial: PartialResult) => void;
  /** Aborting ends the job within a second. */
  readonly signal?: AbortSignal;
}

/** How long a cancelled job may take to put its state in order before it is killed. Native code can't be interrupted otherwise. */
const graceMs = 700;
/** Jobs that start other programs end within that time as well, but for what these leave behind: a container, files on a board. */
const cleanUpMs = 5000;
const cleansUp: ReadonlySet<Job['kind']> = new Set(['compile', 'deploy', 'board', 'import']);

/** The last lines that a dying process printed say more than its exit code. */
const keptStderr = 4000;

/**
 * Runs a job in a process of its own: low priority, in this process's group, ending with this process. Resolves with the job's
 * document. Throws the job's own LatheError, `Cancelled` (exit code 130), or `job.killed`, `job.out-of-memory`, `job.crashed`
 * (exit code 1) when the process died, with what is kept and how to continue.
 */
export function startJob<J extends Job>(job: J, options: JobOptions): Promise<JobResult<J>> {
  if (options.signal?.aborted) return Promise.reject(new Cancelled());
  return new Promise((resolve, reject) => {
    const child = forkWorker(options.workerPath, options.nodePath ?? process.execPath);
    let stderr = '';
    let folder: string | undefined;
    let outcome: (() => void) | undefined;
    let killTimer: NodeJS.Timeout | undefined;

    const cancel = (): void => {
      send(child, { type: 'cancel' });
      killTimer = setTimeout(() => child.kill('SIGKILL'), cleansUp.has(job.kind) ? cleanUpMs : graceMs);
    };
    options.signal?.addEventListener('abort', cancel, { once: true });

    const onReply = (reply: WorkerReply): void => {
      switch (reply.type) {
        case 'ready':
          return send(child, { type: 'start', job, threads: options.threads, memory: options.memory });
        case 'progress':
          return options.onProgress?.(reply);
        case 'log':
          return options.onLog?.(reply);
        case 'run-folder':
          folder = reply.folder;
          return options.onRunFolder?.(reply.folder);
        case 'partial':
          return options.onPartial?.(reply.partial);
        case 'result':
          outcome = () => resolve(reply.result as JobResult<J>);
          return;
        case 'error':
          outcome = () => reject(errorFromPlain(reply.error));
      }
    };
    child.on('message', onReply);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-keptStderr)));
    child.stdout?.resume();
    child.once('error', (cause) => {
      outcome ??= () => reject(new LatheError('job.start', `the job's process could not be started: ${cause.message}`, { cause }, 1));
      if (child.pid === undefined) outcome();
    });
    // `close` comes after `exit` and after the last message and the last line of stderr.
    child.once('close', (code, signal) => {
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', cancel);
      if (outcome) outcome();
      else if (options.signal?.aborted) reject(new Cancelled());
      else reject(deathOf(job, code, signal, stderr, folder));
    });
  });
}

function forkWorker(workerPath: string, execPath: string): ChildProcess {
  return fork(workerPath, [], {
    execPath,
    // Inspector and loader flags of an extension host are not for the job. Pictures pass through V8's young generation, which would
    // grow to 32 MiB a thread over a long job: kept at 2 MiB, memory does not depend on the number of pictures.
    execArgv: ['--max-semi-space-size=2'],
    // Inside VS Code `process.execPath` is Electron, which is Node only when told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Structured clone: keeps undefined and numbers that are not finite.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function send(child: ChildProcess, message: WorkerRequest): void {
  // The process may be gone already; `close` tells the story then.
  if (child.connected) child.send(message, () => {});
}

function deathOf(job: Job, code: number | null, signal: NodeJS.Signals | null, stderr: string, folder: string | undefined): LatheError {
  const kept = folder ? `what was finished is kept in ${folder}; run it again with --resume to continue from there` : undefined;
  const place = { file: folder, hint: kept };
  const said = lastLine(stderr);
  if (/heap out of memory|Cannot allocate memory|bad_alloc/i.test(stderr)) {
    return new LatheError('job.out-of-memory', `the ${job.kind} job ran out of memory`, place, 1);
  }
  if (signal === 'SIGKILL') {
    const message = `the ${job.kind} job's process was killed (SIGKILL); the usual cause is that the system ran out of memory`;
    return new LatheError('job.killed', message, place, 1);
  }
  const how = signal ? `on ${signal}` : `with exit code ${code}`;
  return new LatheError('job.crashed', `the ${job.kind} job's process ended ${how}${said ? `: ${said}` : ''}`, place, 1);
}

/** The last line that is not a stack frame or empty. */
function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '' && !line.startsWith('at ') && !line.startsWith('Node.js v')) ?? '';
}
