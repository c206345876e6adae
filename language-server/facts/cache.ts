import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { latheVersion } from '../../src/engine/base/version.ts';
import type { ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import type { PruningProfile } from '../../src/protocol/pruning.ts';
import { stampOfSync } from './stamps.ts';

/** Raised when facts change without a new version of Lathe. */
const generation = 1;
/** Models that are kept: some hundred kilobytes each. */
const mostModels = 100;
const largestFile = 64 * 2 ** 20;

type Kind = 'file' | 'model' | 'pruning';

/**
 * Facts of models on disk by a hash of their contents, with what their files looked like, so that an unchanged file need not be read again. A cache:
 * what can't be read or written is not there.
 */
export class FactsCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = path.join(folder, `facts-${latheVersion}-${generation}`);
  }

  /** Facts of a file that looks as it did when they were stored. */
  get(file: string): ModelFacts | undefined {
    const sha256 = this.#hashOf(file);
    const facts = sha256 === undefined ? undefined : (this.#read('model', sha256) as ModelFacts | undefined);
    return facts?.sha256 === sha256 && Array.isArray(facts?.layers) ? { ...facts, file } : undefined;
  }

  readonly stamp = (file: string): string => stampOfSync(file);

  /** `stamp`: what the file looked like before it was read. */
  put(facts: ModelFacts, stamp: string | undefined): void {
    const { file, sha256 } = facts;
    if (sha256 === undefined) return;
    this.#write('model', sha256, facts);
    this.#write('file', file, { stamp, sha256 });
  }

  /** The same of the costs by channel groups, for a file whose facts are kept. */
  pruning(file: string): PruningProfile | undefined {
    const sha256 = this.#hashOf(file);
    const profile = sha256 === undefined ? undefined : (this.#read('pruning', sha256) as PruningProfile | undefined);
    return Array.isArray(profile?.groups) ? profile : undefined;
  }

  putPruning(file: string, profile: PruningProfile): void {
    const sha256 = this.#hashOf(file);
    if (sha256 !== undefined) this.#write('pruning', sha256, profile);
  }

  #hashOf(file: string): string | undefined {
    const known = readJson(this.#place('file', file)) as { stamp?: unknown; sha256?: unknown } | undefined;
    return typeof known?.sha256 === 'string' && known.stamp === this.stamp(file) ? known.sha256 : undefined;
  }

  #read(kind: Kind, key: string): unknown {
    const place = this.#place(kind, key);
    const value = readJson(place);
    if (value !== undefined) attempt(() => utimesSync(place, new Date(), new Date()));
    return value;
  }

  #write(kind: Kind, key: string, value: unknown): void {
    attempt(() => {
      mkdirSync(this.#folder, { recursive: true });
      writeWhole(this.#place(kind, key), JSON.stringify(value));
      this.#clean(kind);
    });
  }

  /** What was used least lately goes. */
  #clean(kind: Kind): void {
    const files = readdirSync(this.#folder).filter((name) => name.startsWith(`${kind}-`));
    if (files.length <= mostModels) return;
    const aged = files.map((name) => [name, statSync(path.join(this.#folder, name)).mtimeMs] as const).sort((a, b) => b[1] - a[1]);
    for (const [name] of aged.slice(mostModels)) rmSync(path.join(this.#folder, name), { force: true });
  }

  #place(kind: Kind, key: string): string {
    return path.join(this.#folder, `${kind}-${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }
}

function readJson(file: string): unknown {
  return attempt(() => (statSync(file).size > largestFile ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as unknown)));
}

/** Other servers may read and write the same cache. */
function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/** A full disk, a folder that may not be written, a file cut off: the facts are read from the model then. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
