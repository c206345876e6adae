import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, parseExact, toExactJson } from '../base/json.ts';
import { writeFileAtomic } from './atomic.ts';

/** Results of finished stages in the run folder's `cache/`, by content: what did not change is not computed again. */
export class ResultStore {
  constructor(private readonly folder: string) {}

  /** sha256 of everything the result depends on: plain data. */
  key(parts: unknown): string {
    return createHash('sha256').update(canonicalJson(parts)).digest('hex');
  }

  /** The kept result; undefined when there is none, or a damaged one. */
  async find<T>(parts: unknown): Promise<T | undefined> {
    try {
      const entry = parseExact(await readFile(this.#file(parts), 'utf8')) as { key?: string; value?: T } | null;
      return entry?.key === this.key(parts) ? entry.value : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Keeps a result of plain data, numbers that are not finite included. */
  async keep(parts: unknown, value: unknown): Promise<void> {
    await writeFileAtomic(this.#file(parts), toExactJson({ key: this.key(parts), value }));
  }

  #file(parts: unknown): string {
    return path.join(this.folder, `${this.key(parts)}.json`);
  }
}
