import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command, CommandOptions, Finished, Processes } from '../../base/command.ts';
import { Cancelled, LatheError, throwIfCancelled } from '../../base/errors.ts';
import { quoteCommand } from '../quote.ts';
import { commandArguments, masterArguments, sftpArguments, type Line } from './arguments.ts';
import keeperScript from './keeper.sh';
import { placeText, type Place } from './place.ts';
import { hostKeyChanged, sshError } from './ssh-errors.ts';

/** A board that has not answered until then is not there; where ssh asks for a password, people may take their time. */
const readyMs = 60_000;
const readyAskingMs = 300_000;
/** How often the board hears of us; keeper.sh gives up after 30 s. */
const beatMs = 5000;
/** The keeper ends what still runs within a second or two, and clears away. */
const goodbyeMs = 15_000;
const noticeMs = 1000;
/** Of a UNIX socket's path, with the 17 characters that ssh adds while it makes one (sun_path has 104 bytes on some systems). */
const longestSocket = 80;

export interface ConnectOptions {
  /** Our folder on the board, relative to the user's home. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** ssh may ask for passwords and passphrases. */
  readonly ask?: boolean;
}

/** What the keeper told at the beginning. */
export interface Greeting {
  readonly folder: string;
  readonly freeBytes?: number;
  /** Programs that are there, of those asked for. */
  readonly has: ReadonlySet<string>;
}

/** One connection to a place, shared by all commands and copies, and the keeper of the job's folder at its other end. */
export class Connection {
  #write: (text: string) => void = () => {};
  #ended: Finished | undefined;
  #onLine: (line: string) => void = () => {};
  readonly #master = new AbortController();
  /** Aborted when the line is lost. */
  readonly #lost = new AbortController();
  #masterRun: Promise<void> = Promise.resolve();
  #beat: NodeJS.Timeout | undefined;
  greeting!: Greeting;

  private constructor(
    readonly line: Line,
    readonly jobName: string,
    private readonly processes: Processes,
    private readonly temporary: string,
  ) {}

  get place(): Place {
    return this.line.place;
  }

  static async open(place: Place, processes: Processes, options: ConnectOptions): Promise<Connection> {
    throwIfCancelled(options.signal);
    if (!(await processes.find('ssh'))) {
      const hint = 'It is the package openssh-client (Linux), part of macOS, and an optional feature of Windows.';
      throw new LatheError('ssh.missing', 'this machine has no ssh', { hint }, 1);
    }
    const temporary = await mkdtemp(path.join(shortTemporary(), 'lathe-'));
    const line: Line = {
      place,
      ...(process.platform === 'win32' ? {} : { socket: path.join(temporary, 's') }),
      ...(options.ask ? { ask: true } : {}),
    };
    const connection = new Connection(line, `job-${path.basename(temporary).slice('lathe-'.length)}`, processes, temporary);
    try {
      await connection.#start(options);
      return connection;
    } catch (error) {
      await connection.#drop();
      throw error;
    }
  }

  async #start({ folder, signal, ask }: ConnectOptions): Promise<void> {
    const command = keeperCommand(folder, this.jobName);
    const told: string[] = [];
    let errors = '';
    const greeted = new Promise<void>((resolve, reject) => {
      const abort = (): void => reject(new Cancelled());
      signal.addEventListener('abort', abort, { once: true });
      this.#onLine = (line) => {
        if (line === 'lathe-board 1') told.length = 0;
        else if (line !== 'ready') told.push(line.slice(0, 5000));
        else resolve();
        if (told.length > 100) told.shift(); // a greeting of the board's own, before ours
      };
      const timer = setTimeout(() => reject(sshError('Connection timed out', this.place)), ask ? readyAskingMs : readyMs);
      this.#masterRun = this.#keepLine(command, {
        onError: (line) => {
          errors = `${errors}${line}\n`.slice(-8000);
          if (hostKeyChanged(line)) reject(sshError(line, this.place));
        },
        onEnd: (finished) => reject(finished instanceof Error ? finished : sshError(errors || finished.stderr, this.place)),
      }).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      });
      this.#ready = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      };
    });
    await greeted.finally(() => this.#ready());
    this.greeting = readGreeting(told, this.place);
    this.#onLine = () => {};
    this.#beat = setInterval(() => this.#write('here\n'), beatMs);
  }

  #ready: () => void = () => {};

  /** The master: runs until the connection ends. */
  async #keepLine(
    command: string,
    { onError, onEnd }: { onError: (line: string) => void; onEnd: (how: Finished | Error) => void },
  ): Promise<void> {
    const call: Command = { program: 'ssh', arguments: masterArguments(this.line, command) };
    try {
      this.#ended = await this.processes.run(call, {
        signal: this.#master.signal,
        keptBytes: 64 * 1024,
        ...(this.line.ask ? { terminal: true } : {}),
        onInput: (write) => (this.#write = write),
        onLine: (text, stream) => (stream === 'stderr' ? onError(text) : this.#onLine(text)),
      });
      onEnd(this.#ended);
    } catch (error) {
      onEnd(error as Error);
    } finally {
      clearInterval(this.#beat);
      this.#lost.abort();
    }
  }

  /** Runs a program of this machine that works over the line. Throws `ssh.lost` when that ends meanwhile. */
  async #over(command: Command, options: CommandOptions): Promise<Finished> {
    throwIfCancelled(options.signal);
    if (this.#lost.signal.aborted) throw this.#lostError();
    try {
      return await this.processes.run(command, { ...options, signal: AbortSignal.any([options.signal, this.#lost.signal]) });
    } catch (error) {
      if (error instanceof Cancelled && !options.signal.aborted) throw this.#lostError();
      throw error;
    }
  }

  #lostError(): LatheError {
    return sshError(this.#ended?.stderr ?? '', this.place, 'ssh.lost');
  }

  /** One command for the board's shell, quoted already. ssh's own failure (exit code 255 with its complaint) is an error. */
  async command(text: string, options: CommandOptions): Promise<Finished> {
    const finished = await this.#over({ program: 'ssh', arguments: commandArguments(this.line, text) }, options);
    if (finished.timedOut) await this.stopJob(options.signal);
    if (finished.exitCode === 255 && !finished.timedOut) await this.#throwIfLost(finished);
    return finished;
  }

  /** A batch of sftp's commands, from a folder of this machine. */
  async sftp(batch: string, folder: string, options: CommandOptions): Promise<Finished> {
    const finished = await this.#over({ program: 'sftp', arguments: sftpArguments(this.line), folder, input: batch }, options);
    if (finished.exitCode !== 0) await this.#throwIfLost(finished);
    return finished;
  }

  /** Whoever works over the line may notice its end a moment before the master does. */
  async #throwIfLost({ stderr }: Finished): Promise<void> {
    const said = /mux_client|Connection (closed|reset)|Control socket|closed by remote|Broken pipe/.test(stderr);
    // A client of the shared connection ends without a word.
    if (!said && stderr.trim() !== '') return;
    if (said && this.line.socket === undefined) throw sshError(stderr, this.place, 'ssh.lost');
    await Promise.race([this.#masterRun, new Promise((resolve) => setTimeout(resolve, noticeMs).unref())]);
    if (this.#lost.signal.aborted) throw this.#lostError();
  }

  /** Ends what runs in the job's folder, and waits for that. */
  async stopJob(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => (clearTimeout(timer), (this.#onLine = () => {}), resolve());
      const timer = setTimeout(done, goodbyeMs);
      this.#onLine = (line) => line === 'stopped' && done();
      for (const ending of [signal, this.#lost.signal]) {
        if (ending.aborted) done();
        else ending.addEventListener('abort', done, { once: true });
      }
      this.#write('stop\n');
    });
  }

  /** In order when there is time for it; a line that is simply cut makes the keeper do the same. */
  async close(quick: boolean): Promise<void> {
    clearInterval(this.#beat);
    if (!quick && !this.#lost.signal.aborted) {
      this.#write('bye\n');
      await Promise.race([this.#masterRun, new Promise((resolve) => setTimeout(resolve, goodbyeMs).unref())]);
    }
    await this.#drop();
  }

  async #drop(): Promise<void> {
    this.#master.abort();
    await this.#masterRun;
    await rm(this.temporary, { recursive: true, force: true });
  }
}

/** What the board's shell is given to keep a job's folder. */
export const keeperCommand = (folder: string, job: string): string =>
  quoteCommand(['exec', 'sh', '-c', keeperScript, 'lathe', remoteFolder(folder), job]);

/** Relative to the home folder in which a connection begins; never taken for an option. */
export function remoteFolder(folder: string): string {
  const inHome = folder.replace(/^~(\/|$)/, '');
  if (/[\0-\x1f\x7f]/.test(inHome)) {
    throw new LatheError('board.folder', `the folder ${JSON.stringify(folder.slice(0, 100))} has control characters in its name`, {
      hint: 'Set `folder` to another one.',
    });
  }
  return inHome.startsWith('/') ? inHome : `./${inHome}`;
}

function readGreeting(lines: readonly string[], place: Place): Greeting {
  const told = (word: string): string | undefined => lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const folder = told('folder');
  if (folder === undefined || !folder.startsWith('/')) {
    throw new LatheError('board.shell', `${placeText(place)} has no usual shell, or no folder could be made on it`, {}, 1);
  }
  const free = Number(told('free') ?? NaN);
  const has = new Set(lines.filter((line) => line.startsWith('has ')).map((line) => line.slice(4)));
  return { folder, has, ...(Number.isFinite(free) ? { freeBytes: free * 1024 } : {}) };
}

/** The system's temporary folder, unless a socket in it would have too long a path. */
const shortTemporary = (): string => (path.join(tmpdir(), 'lathe-xxxxxx', 's').length <= longestSocket ? tmpdir() : '/tmp');
