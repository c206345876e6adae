import type { Dataset } from '../../data/types.ts';
import { sampled } from '../../data/sampled.ts';
import type { Model } from '../../onnx/graph.ts';
import { removeChannels } from '../../prune/apply.ts';
import type { Trial } from '../../prune/choose/index.ts';
import { compensate } from '../../prune/compensate/index.ts';
import type { Coupling } from '../../prune/groups/index.ts';
import type { StepRequest } from '../steps/step.ts';
import type { Validation } from '../training/validation.ts';
import { lossBy } from './trial.ts';

/** Pictures by which the layers of one trial make up for what is gone: beyond them widths are ranked the same. */
const picturesOfTrial = 128;

/**
 * What the model loses without some channels when the layers that read them make up for it by least squares, as they will behind the cut: what is lost in that way is a fraction of
 * what is lost without, and lies elsewhere. Where one group alone is narrower only its readers are given new weights. In the unit of `lossBy`; 0 for the whole model.
 */
export async function openCompensatedTrial(
  { runtime, context }: Pick<StepRequest, 'runtime' | 'context'>,
  { model, coupling, pictures, validation }: { model: Model; coupling: Coupling; pictures: Dataset; validation: Validation },
): Promise<Trial> {
  const dependencies = {
    runtime,
    context: { ...context, progress: { report: () => undefined } },
    dataset: sampled(pictures, picturesOfTrial),
  };
  const before = await lossBy(validation, model);
  return async (removal) => {
    const pruned = removeChannels(model, coupling, removal);
    await compensate(pruned, model, coupling, removal, { ...dependencies, reach: removal.size === 1 ? 'readers' : 'all' });
    return (await lossBy(validation, pruned)) - before;
  };
}
