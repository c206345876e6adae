import type { PruningPreviewJob } from '../../protocol/job.ts';
import type { PrunableGroup, PruningProfile } from '../../protocol/pruning.ts';
import { LatheError } from '../base/errors.ts';
import { checkRunnable } from '../onnx/check.ts';
import { readModel } from '../onnx/file.ts';
import { findCriterion } from '../prune/criteria/index.ts';
import { importanceOf } from '../prune/importance/index.ts';
import { previewOf } from '../prune/preview.ts';
import type { JobDeps } from './jobs.ts';

/** The criterion that needs no pictures and serves well on every model. */
const usualCriterion = 'l2';

/**
 * What a model costs at any widths, with the limits that the step `prune` keeps by itself and the importance of every channel. Runs nothing, changes nothing. Throws `model.*`,
 * `graph.*`, `file.read`, `preview.criterion` for one that needs pictures.
 */
export async function runPruningPreview(
  { model: path, criterion: name = usualCriterion }: PruningPreviewJob,
  { context }: Pick<JobDeps, 'context'>,
): Promise<PruningProfile> {
  const criterion = findCriterion(name);
  if (criterion?.looksAt !== 'weights') {
    throw new LatheError('preview.criterion', `a preview knows nothing of ${JSON.stringify(name)}`, {
      hint: 'It takes criteria that look at weights alone.',
    });
  }
  const model = await readModel(path);
  checkRunnable(model);
  const { profile, coupling } = previewOf(model);
  context.signal?.throwIfAborted();
  const importance = await importanceOf(criterion, {}, { model, coupling, seed: 0 }, { reduce: 'mean', normalize: 'none' });
  const groups = profile.groups.map((group): PrunableGroup => ({
    ...group,
    importance: [...(importance.get(group.name) ?? [])].map((value) => (Number.isFinite(value) ? value : Number.MAX_VALUE)),
  }));
  return { ...profile, groups };
}
