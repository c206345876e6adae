import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command, CommandOptions, Finished, Processes } from '../base/command.ts';
import { Cancelled, LatheError, throwIfCancelled } from '../base/errors.ts';
import { KeptOutput } from './output.ts';

/** How long a program may take to end in order, before it is killed. A cancelled job's own process is given 700 ms. */
const graceMs = 300;
/** How long output is waited for once a program has ended: what it left running in the background may hold the pipes for ever. */
const drainMs = 500;
const defaultKeptBytes = 1 << 20;

/** The system's own processes. What still runs when this process exits is killed with it. */
export function systemProcesses(): Processes {
  const running = new Map<ChildProcess, Command | undefined>();
  const killAll = (): void =>
    running.forEach((ifLeft, child) => {
      end(child, 'SIGKILL');
      if (ifLeft) spawn(ifLeft.program, ifLeft.arguments, { stdio: 'ignore', detached: true, windowsHide: true }).unref();
    });
  const watch: Watch = (child, ifLeft) => {
    if (running.size === 0) process.on('exit', killAll);
    running.set(child, ifLeft);
    return () => {
      running.delete(child);
      if (running.size === 0) process.off('exit', killAll);
    };
  };
  return { find: findProgram, run: (command, options) => runProgram(command, options, watch) };
}

async function findProgram(program: string): Promise<string | undefined> {
  if (program === '' || program.includes('\0')) return undefined;
  const windows = process.platform === 'win32';
  const endings = windows ? ['', ...(process.env['PATHEXT'] ?? '.EXE').split(';')] : [''];
  const folders = path.isAbsolute(program) ? [''] : (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  if (!path.isAbsolute(program) && path.basename(program) !== program) return undefined;
  for (const folder of folders) {
    for (const ending of endings) {
      const file = path.resolve(folder, program + ending);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // not there, or not ours to start: the next one is looked at
  }
}

/** Remembers a program until the returned function is called. */
type Watch = (child: ChildProcess, ifLeft: Command | undefined) => () => void;

async function runProgram(command: Command, options: CommandOptions, watch: Watch): Promise<Finished> {
  throwIfCancelled(options.signal);
  const folderFound = command.folder === undefined || (await isFolder(command.folder));
  if (!folderFound) throw startError(command, `there is no folder ${command.folder}`);
  throwIfCancelled(options.signal);
  let child: ChildProcess;
  try {
    child = spawn(command.program, command.arguments, spawnOptions(command, options));
  } catch (cause) {
    throw startError(command, (cause as Error).message, cause); // a zero byte in an argument
  }
  const forget = watch(child, options.ifLeft);
  try {
    return await finished(child, command, options);
  } finally {
    forget();
  }
}

const spawnOptions = ({ folder, environment, input }: Command, { onInput, terminal }: CommandOptions): SpawnOptions => ({
  ...(folder === undefined ? {} : { cwd: folder }),
  env: { ...process.env, ...environment },
  stdio: [input === undefined && !onInput ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  // A process group of its own, so that all it starts can be ended with it; in a session of its own it has no terminal.
  detached: process.platform !== 'win32' && !terminal,
  windowsHide: true,
  shell: false,
});

function finished(child: ChildProcess, command: Command, options: CommandOptions): Promise<Finished> {
  const { signal, limitMs, keptBytes = defaultKeptBytes, onLine } = options;
  return new Promise((resolve, reject) => {
    const outputs = {
      stdout: new KeptOutput(keptBytes, onLine && ((line) => onLine(line, 'stdout'))),
      stderr: new KeptOutput(keptBytes, onLine && ((line) => onLine(line, 'stderr'))),
    };
    let timedOut = false;
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number, work: () => void): void => void timers.push(setTimeout(work, ms));
    const stop = (): void => {
      end(child, 'SIGTERM');
      after(graceMs, () => end(child, 'SIGKILL'));
    };
    let quiet = true;
    const drain = (): void => {
      // What has arrived while this process was busy is read first.
      quiet = true;
      setImmediate(() => setImmediate(() => (quiet ? [child.stdout, child.stderr].forEach((stream) => stream?.destroy()) : drain())));
    };
    const settle = (outcome: () => void): void => {
      timers.forEach(clearTimeout);
      signal.removeEventListener('abort', stop);
      outcome();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (limitMs !== undefined) after(limitMs, () => ((timedOut = true), stop()));

    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.on('data', (chunk: Buffer) => ((quiet = false), outputs[stream].add(chunk)));
    writeInput(child, command, options);
    child.once('error', (cause: NodeJS.ErrnoException) => settle(() => reject(spawnError(command, cause))));
    child.once('exit', () => {
      if (signal.aborted || timedOut) end(child, 'SIGKILL'); // what it started and left behind
      after(drainMs, drain);
    });
    child.once('close', (exitCode, ended) =>
      settle(() => {
        if (signal.aborted) return reject(new Cancelled());
        const [stdout, stderr] = [outputs.stdout.end(), outputs.stderr.end()];
        const truncated = outputs.stdout.truncated || outputs.stderr.truncated;
        resolve({ exitCode, ...(ended ? { signal: ended } : {}), stdout, stderr, truncated, timedOut });
      }),
    );
  });
}

function writeInput(child: ChildProcess, { input }: Command, { onInput }: CommandOptions): void {
  const { stdin } = child;
  if (!stdin) return;
  stdin.on('error', () => {}); // a program that does not read all of it: how it ended tells the story
  if (input !== undefined) stdin.write(input);
  if (onInput) onInput((text) => void (stdin.writable && stdin.write(text)));
  else stdin.end();
}

/** Ends a program and all that it started. */
function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () => child.kill());
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: all of them have ended, or it has no group of its own. EPERM: what is left of the group has become another user's.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    child.kill(signal); // sends nothing once it has ended
  }
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch {
    return false; // said by the caller
  }
}

function spawnError(command: Command, cause: NodeJS.ErrnoException): LatheError {
  if (cause.code !== 'ENOENT') return startError(command, cause.message, cause);
  const hint = `install it, or see that PATH names its folder; \`lathe doctor\` tells what is there`;
  return new LatheError('process.not-found', `the program ${JSON.stringify(shown(command.program))} was not found`, { hint, cause }, 1);
}

const startError = (command: Command, why: string, cause?: unknown): LatheError =>
  new LatheError('process.start', `${JSON.stringify(shown(command.program))} can't be started: ${shown(why)}`, { cause }, 1);

const shown = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
