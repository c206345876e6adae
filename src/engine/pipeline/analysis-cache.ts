import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { toExactJson } from '../base/json.ts';
import { makeFolder } from './atomic.ts';
import { ResultStore } from './store.ts';

/** Kept results take at most so much; those that were not asked for longest go first. */
const mostBytes = 256 * 2 ** 20;

interface Entry {
  /** Of the value as JSON. */
  readonly sha256: string;
  readonly value: unknown;
}

/** Results of analyses by content, beside the run folders. What is damaged counts as not there. */
export class AnalysisCache {
  readonly #store: ResultStore;

  constructor(private readonly folder: string) {
    this.#store = new ResultStore(folder);
  }

  /** `parts`: everything the result depends on, as plain data. */
  async find<T>(parts: unknown): Promise<T | undefined> {
    const entry = await this.#store.find<Entry>(parts);
    if (!entry || digest(entry.value) !== entry.sha256) return undefined;
    const now = new Date();
    // A file that has gone, or may not be touched, only counts as older than it is.
    await utimes(path.join(this.folder, `${this.#store.key(parts)}.json`), now, now).catch(() => {});
    return entry.value as T;
  }

  /** Throws `disk.full`, `disk.denied`. */
  async keep(parts: unknown, value: unknown): Promise<void> {
    await makeFolder(this.folder);
    await this.#store.keep(parts, { sha256: digest(value), value } satisfies Entry);
    await this.#removeOldest();
  }

  async #removeOldest(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(this.folder, name);
        // Another process may have removed it meanwhile.
        const found = await stat(file).catch(() => undefined);
        return { file, bytes: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
      }),
    );
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files.sort((a, b) => a.used - b.used)) {
      if (bytes <= mostBytes) return;
      await rm(file.file, { force: true });
      bytes -= file.bytes;
    }
  }
}

const digest = (value: unknown): string => createHash('sha256').update(toExactJson(value)).digest('hex');
