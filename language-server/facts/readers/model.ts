import { statSync } from 'node:fs';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { externalLocations, scanModel } from '../../../src/engine/onnx/scan.ts';
import { hashModel } from '../../../src/engine/pipeline/hash.ts';
import { modelFacts } from '../../../src/engine/recipe/facts/model.ts';
import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { FactsCache } from '../cache.ts';
import type { JobOf, ModelDetails } from '../jobs.ts';
import { refuseLinks } from '../own-files.ts';
import type { Found } from '../perform.ts';

/** Whole where the cache has it, else what a light scan tells. */
export async function readModelFacts({ file, cache, ownFilesOnly }: JobOf<'model'>): Promise<Found & { value: ModelFacts }> {
  const known = cache === undefined ? undefined : new FactsCache(cache).get(file);
  if (known) return { value: known };
  if (ownFilesOnly) refuseLinks(file, externalLocations(file));
  const model = await scanModel(file);
  return { value: modelFacts(model, { file, bytes: sizeOf(file) }) };
}

export async function readModelDetails({ file, cache }: JobOf<'details'>): Promise<Found & { value: ModelDetails }> {
  const store = cache === undefined ? undefined : new FactsCache(cache);
  const before = store?.stamp(file);
  const { sha256, bytes } = await hashModel(file);
  const other = store?.byHash(sha256, file);
  if (other) {
    store?.put(other, before);
    return { value: detailsOf(other) };
  }
  const facts = wholeFacts(await scanModel(file), { file, bytes, sha256 });
  store?.put(facts, before);
  return { value: detailsOf(facts) };
}

const detailsOf = ({ sha256 = '', bytes, pruning }: ModelFacts): ModelDetails => ({ sha256, bytes, ...(pruning ? { pruning } : {}) });

/** Channel groups are an extra: a model whose channels can't be followed has its other facts all the same. */
function wholeFacts(model: Awaited<ReturnType<typeof scanModel>>, source: { file: string; bytes: number; sha256: string }): ModelFacts {
  try {
    return modelFacts(model, source, { pruning: true });
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    return modelFacts(model, source);
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
