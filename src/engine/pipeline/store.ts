import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, parseExact, toExactJson } from '../base/json.ts';
import { writeFileAtomic } from './atomic.ts';

/** sha256 of everything a result depends on. */
export const contentKey = (parts: unknown): string => createHash('sha256').update(canonicalJson(parts)).digest('hex');

/** Results of finished stages in the run folder's `cache/`, by content: what did not change is not computed again. */
export class ResultStore {
  constructor(private readonly folder: string) {}

  /** The kept result, or `compute`'s, which is then kept. Results are plain data. */
  async remember<T>(stage: string, parts: unknown, compute: () => Promise<T>): Promise<T> {
    const kept = await this.find<T>(stage, parts);
    if (kept !== undefined) return kept;
    const value = await compute();
    await writeFileAtomic(this.#file(stage, parts), toExactJson({ key: contentKey(parts), value }));
    return value;
  }

  async find<T>(stage: string, parts: unknown): Promise<T | undefined> {
    try {
      const entry = parseExact(await readFile(this.#file(stage, parts), 'utf8')) as { key?: string; value?: T } | null;
      return entry?.key === contentKey(parts) ? entry.value : undefined;
    } catch (error) {
      // Damaged or not there: it is computed again.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #file(stage: string, parts: unknown): string {
    return path.join(this.folder, `${stage}-${contentKey(parts).slice(0, 16)}.json`);
  }
}
