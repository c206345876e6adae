import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { LatheError } from '../base/errors.ts';
import { diskError, temporaryPath } from './atomic.ts';

/** Who holds a run folder. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When that process began, as its system counts it: tells it from a later process of the same id. Absent where unknown. */
  readonly started?: string;
}

export interface Lock {
  release(): Promise<void>;
}

const lockFile = (folder: string): string => path.join(folder, 'lock');

/**
 * Takes the folder for this process. A lock whose process is gone is taken over. Throws `run.locked` (exit code 1) while another
 * process holds it.
 */
export async function acquireLock(folder: string): Promise<Lock> {
  const file = lockFile(folder);
  const mine = JSON.stringify(await holderOf(process.pid));
  const draft = temporaryPath(file);
  try {
    await writeFile(draft, mine);
    // Two rounds are enough: the first may find a stale lock, and after that only a living process can have made one.
    for (let round = 0; round < 2; round++) {
      if (await linked(draft, file)) return { release: () => release(file, mine) };
      const holder = await readLock(folder);
      if (holder && (await isAlive(holder))) throw locked(folder, holder);
      await removeStale(file, holder);
    }
    throw locked(folder, await readLock(folder));
  } catch (error) {
    throw diskError(error, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The process that holds the folder now; undefined when none does, or when the one that did is gone. */
export async function activeLock(folder: string): Promise<LockHolder | undefined> {
  const holder = await readLock(folder);
  return holder && (await isAlive(holder)) ? holder : undefined;
}

async function readLock(folder: string): Promise<LockHolder | undefined> {
  let text: string;
  try {
    text = await readFile(lockFile(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseHolder(text);
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockHolder> | null;
    return value && typeof value.pid === 'number' && typeof value.host === 'string' ? (value as LockHolder) : undefined;
  } catch {
    // Not ours, or damaged by a crash of the whole machine: nobody can be holding it.
    return undefined;
  }
}

/** Appears with its content at once, so that no one ever reads half a lock. False when there is a lock already. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: the holder is tidying up and took the draft for a leftover.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
  }
  // File systems without hard links (exFAT, some network shares).
  try {
    await writeFile(file, await readFile(draft), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock away, and back again if it turns out to be another one, taken in the meantime. */
async function removeStale(file: string, seen: LockHolder | undefined): Promise<void> {
  const aside = temporaryPath(`${file}.stale`);
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = parseHolder(await readFile(aside, 'utf8'));
  if (JSON.stringify(moved) !== JSON.stringify(seen)) await linked(aside, file);
  await rm(aside, { force: true });
}

async function release(file: string, mine: string): Promise<void> {
  const content = await readFile(file, 'utf8').catch(() => undefined);
  if (content === mine) await rm(file, { force: true });
}

async function holderOf(pid: number): Promise<LockHolder> {
  const started = await processStart(pid);
  return { pid, host: os.hostname(), ...(started === undefined ? {} : { started }) };
}

/** A process on another host can't be asked: it counts as alive. */
async function isAlive(holder: LockHolder): Promise<boolean> {
  if (holder.host !== os.hostname()) return true;
  if (!exists(holder.pid)) return false;
  const started = await processStart(holder.pid);
  if (holder.started !== undefined && started !== undefined) return started === holder.started;
  // It may have ended while it was looked up.
  return exists(holder.pid);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Boot and clock tick at which a process began (Linux, proc(5) "stat" field 22); undefined elsewhere. */
async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')]);
    // The second field is the command in brackets and may hold anything; the fields after it are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // "Z": it has ended and only its parent has not asked how yet.
    return fields[0] === 'Z' ? 'ended' : `${boot.trim()}:${fields[19]}`;
  } catch {
    // The process ended meanwhile, or /proc is hidden.
    return undefined;
  }
}

function locked(folder: string, holder: LockHolder | undefined): LatheError {
  const elsewhere = holder !== undefined && holder.host !== os.hostname();
  const who = holder ? `process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ''}` : 'another process';
  const hint = elsewhere ? `if that machine no longer works on it, remove ${lockFile(folder)}` : 'wait for it, or cancel it first';
  return new LatheError('run.locked', `${who} is working on this run`, { file: folder, hint }, 1);
}
