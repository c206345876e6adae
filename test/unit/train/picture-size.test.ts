import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { learnableBatches, trainSettings } from '../../support/learnable-batches.ts';
import { residualNetwork } from '../../support/trained-networks.ts';

function ofAnySize(): Model {
  const model = residualNetwork(1, [8, 16], 'Relu');
  model.graph.inputs = [{ name: 'x', type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', 3, 'H', 'W'] } }];
  return model;
}

describe('a model that takes pictures of any size', () => {
  it('is trained at that of its batches and takes any size afterwards', async () => {
    const model = ofAnySize();
    const { curve } = await train(
      {
        name: 'train',
        model,
        settings: trainSettings({ epochs: 2, 'learning-rate': 0.01 }),
        losses: [{ loss: crossEntropy(), weight: 1 }],
        batches: learnableBatches({ count: 96, batch: 16 }),
        batchNormalization: 'training',
      },
      { runtime: await createOrtRuntime(), context: plainContext() },
    );
    expect(curve.points.at(-1)!.loss).toBeLessThan(curve.points[0]!.loss);
    expect(model.graph.inputs[0]!.type).toMatchObject({ shape: ['N', 3, 'H', 'W'] });
  });
});
