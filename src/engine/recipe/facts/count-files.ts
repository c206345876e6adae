import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import { byCodeUnit } from '../../data/list/entry.ts';

/** What a folder holds, as far as it was looked at. */
export interface FolderCount {
  /** Absolute paths, in no order. */
  readonly files: readonly string[];
  /** There may be more: counting ended at the limit. */
  readonly more: boolean;
  /** Names of the folders directly inside, sorted. */
  readonly folders: readonly string[];
}

export interface CountLimits {
  /** Entries of folders that are looked at. */
  readonly entries?: number;
  readonly depth?: number;
  readonly followLinks: boolean;
  /** Folders that are not looked into, by their name and what they hold. */
  readonly skip?: (folder: string, entries: readonly Dirent[]) => boolean;
}

interface Waiting {
  readonly folder: string;
  /** Real paths of the folders around it: a link back to one of them is not followed, as in `walk`. */
  readonly above: readonly string[];
}

/** Pictures of ImageNet's validation set twice over. */
const mostEntries = 100_000;
const deepest = 32;

/**
 * Files below a folder whose ending (lower case, with its dot) is among `endings`, breadth first, so that a limit cuts off what lies deepest. What
 * begins with a dot is left out, and so are folders that can't be read below the first. Throws `data.path` for that.
 */
export function countFiles(root: string, endings: ReadonlySet<string>, limits: CountLimits): FolderCount {
  const files: string[] = [];
  const folders: string[] = [];
  let left = limits.entries ?? mostEntries;
  let waiting: Waiting[] = [{ folder: root, above: [] }];
  for (let depth = 0; waiting.length > 0 && depth < (limits.depth ?? deepest); depth++) {
    const next: Waiting[] = [];
    for (const { folder, above } of waiting) {
      const real = realOf(folder, depth === 0);
      if (real === undefined || above.includes(real)) continue;
      const entries = entriesOf(folder, depth === 0);
      if (limits.skip?.(folder, entries)) continue;
      for (const entry of entries) {
        if (entry.name.startsWith('.')) continue;
        if (left-- <= 0) return { files, more: true, folders: folders.sort(byCodeUnit) };
        const full = path.join(folder, entry.name);
        const kind = kindOf(entry, full, limits.followLinks);
        if (kind === 'folder') {
          next.push({ folder: full, above: [...above, real] });
          if (depth === 0) folders.push(entry.name);
        } else if (kind === 'file' && endings.has(path.extname(entry.name).toLowerCase())) files.push(full);
      }
    }
    waiting = next;
  }
  return { files, more: waiting.length > 0, folders: folders.sort(byCodeUnit) };
}

function kindOf(entry: Dirent, full: string, followLinks: boolean): 'file' | 'folder' | undefined {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!followLinks || !entry.isSymbolicLink()) return undefined;
  const stat = tried(() => statSync(full, { throwIfNoEntry: false }));
  return stat?.isDirectory() ? 'folder' : stat?.isFile() ? 'file' : undefined;
}

const realOf = (folder: string, isRoot: boolean): string | undefined => (isRoot ? required : tried)(() => realpathSync(folder), folder);
const entriesOf = (folder: string, isRoot: boolean): Dirent[] =>
  (isRoot ? required : tried)(() => readdirSync(folder, { withFileTypes: true }), folder) ?? [];

function required<T>(read: () => T, folder = ''): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LatheError('data.path', `the folder cannot be read: ${reason}`, { file: folder, cause });
  }
}

/** A folder that can't be read, or has just gone, holds nothing that could be counted. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
