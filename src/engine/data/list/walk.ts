import { readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import { byCodeUnit } from './entry.ts';

const maxDepth = 32;

/**
 * Files below a folder whose ending (lower case, with its dot) is among `endings`: paths relative to it with forward slashes, sorted.
 * Links are followed, each real folder is read once a branch; what begins with a dot is left out.
 */
export function walk(root: string, endings: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const read = (folder: string, prefix: string, above: readonly string[]): void => {
    const real = realpathSync(folder);
    if (above.includes(real) || above.length >= maxDepth) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const full = path.join(folder, entry.name);
      const followed = entry.isSymbolicLink() ? statSync(full, { throwIfNoEntry: false }) : entry;
      if (followed?.isDirectory()) read(full, `${prefix}${entry.name}/`, [...above, real]);
      else if (followed?.isFile() && endings.has(path.extname(entry.name).toLowerCase())) found.push(prefix + entry.name);
    }
  };
  try {
    read(root, '', []);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LatheError('data.path', `the folder cannot be read: ${reason}`, { file: root, cause });
  }
  return found.sort(byCodeUnit);
}

/** Names of the folders directly inside `root`, sorted: the classes of `labels: folders`. */
export function subfolders(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .filter(
      (entry) =>
        entry.isDirectory() || (entry.isSymbolicLink() && statSync(path.join(root, entry.name), { throwIfNoEntry: false })?.isDirectory()),
    )
    .map((entry) => entry.name)
    .sort(byCodeUnit);
}
