import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { BatchSource } from '../../../src/engine/data/batches.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { findCriterion, type CriterionPictures } from '../../../src/engine/prune/criteria/index.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { importanceOf, type ImportanceSettings } from '../../../src/engine/prune/importance/index.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { importanceCases, referenceNetwork } from './reference-network.ts';

/** All pictures of make_importance.py in one batch. */
function oneBatch({ inputs = [], labels = [] }: { readonly inputs?: readonly number[]; readonly labels?: readonly number[] }): BatchSource {
  const size = labels.length;
  return {
    size,
    stepsPerEpoch: 1,
    classes: 4,
    isFixed: true,
    close: () => Promise.resolve(),
    async *epoch() {
      const shares = Float32Array.from({ length: size * 4 }, (_, i) => (labels[Math.floor(i / 4)] === i % 4 ? 1 : 0));
      yield await Promise.resolve({
        samples: [...labels.keys()],
        input: { type: DataType.float32, dims: [size, 3, 6, 6], data: Float32Array.from(inputs) },
        labels: { type: DataType.float32, dims: [size, 4], data: shares },
      });
    },
  };
}

describe.each(Object.entries(importanceCases))('importance as Torch-Pruning 1.6.1 has it, network %s', (_, known) => {
  it.each(Object.entries(known.importance))('%s', async (key, expected) => {
    const [name, reduce, normalize] = key.split(' ') as [string, ImportanceSettings['reduce'], ImportanceSettings['normalize']];
    const model = referenceNetwork(known);
    const coupling = couplingOf(model);
    const criterion = findCriterion(name)!;
    const pictures: CriterionPictures = {
      dataset: noiseDataset(1, [1, 3, 6, 6]),
      runtime: await createOrtRuntime(),
      context: plainContext(),
      task: { losses: [{ loss: crossEntropy(), weight: 1 }], batches: oneBatch(known) },
    };
    const found = await importanceOf(criterion, {}, { model, coupling, seed: 0, pictures }, { reduce, normalize });
    expect([...found.keys()]).toEqual(Object.keys(expected));
    for (const [group, values] of Object.entries(expected)) {
      const scale = Math.max(...values.map(Math.abs));
      found.get(group)!.forEach((value, channel) => expect((value - values[channel]!) / scale, `${group} ${channel}`).toBeCloseTo(0, 4));
    }
  });
});
