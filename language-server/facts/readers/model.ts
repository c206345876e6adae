import { statSync } from 'node:fs';
import path from 'node:path';
import { scanModelFiles } from '../../../src/engine/onnx/scan.ts';
import { hashModel } from '../../../src/engine/pipeline/hash.ts';
import { modelFacts } from '../../../src/engine/recipe/facts/model.ts';
import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { FactsCache } from '../cache.ts';
import type { JobOf } from '../jobs.ts';
import { refuseLinksOf } from '../own-files.ts';
import type { Found } from '../perform.ts';
import { shareParts } from '../share-parts.ts';

/** Bytes that are hashed at once: a tenth of a second. */
const quicklyHashed = 32 * 2 ** 20;

/** Facts of a model, its hash among them where that is known or quickly found. */
export const readModelFacts = (job: JobOf<'model'>): Promise<Found & { value: ModelFacts }> =>
  readModel(job, (bytes) => bytes <= quicklyHashed);

/** The same with the hash in any case. */
export const readModelDetails = (job: JobOf<'details'>): Promise<Found & { value: ModelFacts }> => readModel(job, () => true);

async function readModel(
  { file, cache: folder, ownFilesOnly }: JobOf<'model' | 'details'>,
  isHashed: (bytes: number) => boolean,
): Promise<Found & { value: ModelFacts }> {
  const cache = folder === undefined ? undefined : new FactsCache(folder);
  const stored = cache?.get(file);
  if (stored) return { value: shareParts(stored) };
  if (ownFilesOnly) refuseLinksOf(file);
  const stamp = cache?.stamp(file);
  const { model, external } = await scanModelFiles(file);
  const bytes = filesOf(file, external).reduce((sum, one) => sum + sizeOf(one), 0);
  const hash = isHashed(bytes) ? await hashModel(file, external) : undefined;
  const facts = modelFacts(model, { file, bytes, ...hash });
  // What weights in files beside it are like is not seen by the model's own file.
  if (hash && external.length === 0) cache?.put(facts, stamp);
  return { value: shareParts(facts), files: filesOf(file, external) };
}

const filesOf = (file: string, external: readonly string[]): string[] => [
  file,
  ...external.map((name) => path.resolve(path.dirname(file), name)),
];
const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
