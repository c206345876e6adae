import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Reading } from './slots.ts';
import { stampOf } from './stamps.ts';

/** Names of one folder that are offered. */
const mostNames = 5000;

/** Names in a folder, folders with "/" at their end, sorted; without those that begin with a dot. Never rejects. */
export async function listFolder(folder: string, { followLinks }: { readonly followLinks: boolean }): Promise<Reading<readonly string[]>> {
  const stamps = { [folder]: await stampOf(folder) };
  try {
    const names: string[] = [];
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith('.')) continue;
      const isFolder =
        entry.isDirectory() || (followLinks && entry.isSymbolicLink() && (await leadsToFolder(path.join(folder, entry.name))));
      names.push(isFolder ? `${entry.name}/` : entry.name);
      if (names.length === mostNames) break;
    }
    return { known: { state: 'known', value: names.sort() }, stamps };
  } catch (error) {
    const message = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { known: { state: 'problem', code: 'facts.folder', message }, stamps };
  }
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch {
    return false; // it leads nowhere
  }
}
