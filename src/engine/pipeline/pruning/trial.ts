import type { Batch, BatchSource } from '../../data/batches.ts';
import { degradationsOf } from '../../data/augment/index.ts';
import { openBatches } from '../../data/batching/open-batches.ts';
import type { Dataset } from '../../data/types.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { removeChannels } from '../../prune/apply.ts';
import type { Trial } from '../../prune/choose/index.ts';
import { couplingOf, type Removal } from '../../prune/groups/index.ts';
import { reEstimate } from '../../train/loop/re-estimate.ts';
import { restoreNormalization } from '../../train/normalization/restore.ts';
import { takePictureSize } from '../../train/picture-size.ts';
import type { StepRequest } from '../steps/step.ts';
import { prepareModel } from '../training/prepare.ts';
import type { Validation } from '../training/validation.ts';

/** Pictures of a batch whose statistics are taken together, of how many batches, and what they may take at most, in bytes. */
const [batchSize, batchCount, mostBytes] = [100, 4, 64 * 2 ** 20];

type TrialRequest = Pick<StepRequest, 'recipe' | 'runtime' | 'context'>;

/**
 * What the model loses without some channels, quickly: they are cut, batch normalization (put back for that time where it was folded) takes its statistics anew from `pictures`, and
 * validation pictures are looked at (adaptive batch normalization, Li et al. 2020, arXiv:2007.02491, section 4.2). In the unit of the loss, else of the metric; 0 for the whole model.
 */
export async function openTrial(request: TrialRequest, model: Model, pictures: Dataset, validation: Validation): Promise<Trial> {
  const { runtime, context } = request;
  const dependencies = { runtime, context: { ...context, progress: { report: () => undefined } } };
  const whole = cloneModel(model);
  await prepareModel(whole, dependencies);
  const batches = await keptBatches(request, pictures);
  await takePictureSize(whole, batches, context.signal);
  await restoreNormalization(whole, { batches, trains: () => true }, dependencies);
  const coupling = couplingOf(whole);
  const before = await lossBy(validation, whole);
  return async (removal: Removal) => {
    const pruned = removeChannels(whole, coupling, removal);
    takeStatistics(pruned, await reEstimate(pruned, batches, dependencies));
    return (await lossBy(validation, pruned)) - before;
  };
}

/** By validation pictures; more is worse. */
export async function lossBy(validation: Validation, candidate: Model): Promise<number> {
  const { loss, value, better } = await validation.measure(candidate);
  return loss ?? (better === 'high' ? -value : value);
}

/** Some batches of the pictures as they are, held in memory: every trial looks at the same ones. Throws `data.*`, and Cancelled. */
async function keptBatches({ recipe, context }: TrialRequest, pictures: Dataset): Promise<BatchSource> {
  const source = openBatches({ ...pictures, augment: degradationsOf(pictures.augment) }, { size: batchSize, seed: recipe.seed }, context);
  const kept: Batch[] = [];
  try {
    let bytes = 0;
    for await (const batch of source.epoch(0, { signal: context.signal })) {
      kept.push(batch);
      bytes += (batch.input.data as Float32Array).byteLength;
      if (kept.length === batchCount || bytes > mostBytes) break;
    }
  } finally {
    await source.close();
  }
  return {
    size: source.size,
    stepsPerEpoch: kept.length,
    isFixed: true,
    close: () => Promise.resolve(),
    async *epoch() {
      yield* await Promise.resolve(kept);
    },
  };
}

/** Flat, in the order of the nodes: means, then variances of each. */
function takeStatistics({ graph }: Model, statistics: Float32Array): void {
  let at = 0;
  for (const { op, domain, inputs } of graph.nodes) {
    if (op !== 'BatchNormalization' || domain !== '') continue;
    for (const name of inputs.slice(3)) {
      const { dims, size } = graph.initializers.get(name)!;
      graph.initializers.set(name, Tensor.float32(dims, statistics.slice(at, (at += size))));
    }
  }
}
