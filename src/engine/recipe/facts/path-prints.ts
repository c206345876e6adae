import { createHash } from 'node:crypto';
import type { DataFacts } from './types.ts';

/** Of sets with more files none are kept: 20,000 take 160 kB. */
const mostPrints = 20_000;

/** Six bytes of a hash of each path, sorted: two sets of 20,000 files share one by chance once in 700,000 times. */
export function pathPrints(files: readonly string[]): Pick<DataFacts, 'prints'> {
  if (files.length === 0 || files.length > mostPrints) return {};
  const prints = files.map((file) => createHash('sha1').update(file).digest().readUIntBE(0, 6));
  return { prints: prints.sort((a, b) => a - b) };
}

/** How many files two sources have in common; undefined where one of them is not known file by file. */
export function sharedFiles({ prints: a }: DataFacts, { prints: b }: DataFacts): number | undefined {
  if (!a || !b) return undefined;
  const known = new Set(a);
  return b.reduce((count, print) => count + (known.has(print) ? 1 : 0), 0);
}
