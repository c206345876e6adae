import { LatheError } from '../../base/errors.ts';
import { seededRandom, type Random } from '../../base/random.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { AugmentStep } from '../augment/index.ts';
import type { BatchAugmentation } from '../augment/augmentation.ts';
import type { Batch } from '../batches.ts';

/** The batch with its rows mixed as the steps draw. What is random follows from seed and `stream`. Throws `data.augment` for boxes and types that do not mix. */
export function mixBatch(batch: Batch, steps: readonly AugmentStep<BatchAugmentation>[], seed: number, stream: string): Batch {
  if (steps.length === 0) return batch;
  const random = seededRandom(seed, stream);
  return steps.reduce((mixed, step) => mix(mixed, step, random), batch);
}

function mix(batch: Batch, { augmentation, settings }: AugmentStep<BatchAugmentation>, random: Random): Batch {
  if (batch.boxes || batch.input.type !== DataType.float32) {
    throw new LatheError('data.augment', `${augmentation.name} mixes no ${batch.boxes ? 'boxes' : 'inputs that are not float32'}`, {
      hint: 'Leave it out of data.train.augment.',
    });
  }
  const { share, partners } = augmentation.draw(settings, random, batch.samples.length);
  const mixed = (tensor: RuntimeTensor): RuntimeTensor => ({ ...tensor, data: mixRows(tensor.data as Float32Array, share, partners) });
  return {
    ...batch,
    input: mixed(batch.input),
    ...(batch.labels ? { labels: mixed(batch.labels) } : {}),
    ...(batch.target ? { target: mixed(batch.target) } : {}),
    ...(batch.clean ? { clean: mixed(batch.clean) } : {}),
  };
}

function mixRows(data: Float32Array, share: number, partners: readonly number[]): Float32Array {
  const out = new Float32Array(data.length);
  const length = data.length / partners.length;
  partners.forEach((partner, row) => {
    const [own, other] = [row * length, partner * length];
    for (let i = 0; i < length; i++) out[own + i] = share * data[own + i]! + (1 - share) * data[other + i]!;
  });
  return out;
}
