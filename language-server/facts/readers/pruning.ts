import { LatheError } from '../../../src/engine/base/errors.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { previewOf } from '../../../src/engine/prune/preview.ts';
import type { PruningProfile } from '../../../src/protocol/pruning.ts';
import { FactsCache } from '../cache.ts';
import type { JobOf } from '../jobs.ts';
import { refuseLinksOf } from '../own-files.ts';
import type { Found } from '../perform.ts';
import { shareExtents } from '../share-parts.ts';

/** What widths of a model's channel groups cost. Throws `facts.no-channels` where none can go. */
export async function readPruning({ file, cache: folder, ownFilesOnly }: JobOf<'pruning'>): Promise<Found & { value: PruningProfile }> {
  const cache = folder === undefined ? undefined : new FactsCache(folder);
  const stored = cache?.pruning(file);
  if (stored) return { value: shareExtents(stored) };
  if (ownFilesOnly) refuseLinksOf(file);
  const { profile } = previewOf(await scanModel(file));
  if (profile.groups.length === 0) throw new LatheError('facts.no-channels', 'no channel of this model can be removed', { file });
  cache?.putPruning(file, profile);
  return { value: shareExtents(profile) };
}
