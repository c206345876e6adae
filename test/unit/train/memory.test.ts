import { describe, expect, it } from 'vitest';
import { plainContext, silentLogger } from '../../../src/engine/base/context.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { checkMemory, expectedBytes } from '../../../src/engine/train/loop/memory.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { parametersOf } from '../../../src/engine/train/parameters.ts';
import { stepGraph, type StepGraph } from '../../../src/engine/train/step-graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { learnableBatches, trainSettings } from '../../support/learnable-batches.ts';
import { residualNetwork } from '../../support/trained-networks.ts';

const step = (batch: number): StepGraph => {
  const model = residualNetwork(1, [8, 16]);
  const losses = [{ loss: crossEntropy(), weight: 1 }];
  return stepGraph(model, { batch, parameters: parametersOf(model), losses, lowering: portable, batchNormalization: 'training' });
};
const mebibyte = 2 ** 20;

describe('the memory of a step', () => {
  it('is that of the activations, which grow with the batch', () => {
    const [small, large] = [expectedBytes(step(16)), expectedBytes(step(64))];
    expect(large.fixed).toBe(small.fixed);
    expect(large.ofBatch / small.ofBatch).toBeCloseTo(4, 1);
    // All activations of 8 channels of 16 × 16 and 16 of 8 × 8: a dozen of the first at least.
    expect(small.ofBatch).toBeGreaterThan(12 * 16 * 8 * 256 * 4);
  });

  it('is compared with a limit, and a batch is named that fits', () => {
    const graph = step(64);
    const { fixed, ofBatch } = expectedBytes(graph);
    checkMemory(graph, 64, { bytes: fixed + ofBatch, kind: 'limit' }, { logger: silentLogger });
    expect(() => checkMemory(graph, 64, { bytes: fixed + 0.51 * ofBatch, kind: 'limit' }, { logger: silentLogger })).toThrow(
      expect.objectContaining({
        code: 'training.memory',
        place: expect.objectContaining({ hint: 'Set batch: 32 and accumulate: 2, which makes steps of the same size.' }),
      }),
    );
    expect(() => checkMemory(graph, 64, { bytes: mebibyte, kind: 'limit' }, { logger: silentLogger })).toThrow(
      expect.objectContaining({ place: expect.objectContaining({ hint: expect.stringContaining('Not even a batch of 1 fits') }) }),
    );
  });

  it('is only warned of where it is a guess', () => {
    const graph = step(64);
    const { fixed, ofBatch } = expectedBytes(graph);
    const warned: string[] = [];
    checkMemory(
      graph,
      64,
      { bytes: fixed + 0.51 * ofBatch, kind: 'free' },
      { logger: { ...silentLogger, warn: (message) => warned.push(message) } },
    );
    expect(warned).toEqual([expect.stringMatching(/batch of 64 needs about [\d,]+ MiB; free are [\d,]+ MiB\. Set batch: 32/)]);
    expect(() => checkMemory(graph, 64, { bytes: mebibyte, kind: 'free' }, { logger: silentLogger })).toThrow();
  });

  it('is looked at before a picture is read', async () => {
    const batches = { ...learnableBatches({ count: 64, batch: 16 }), epoch: () => expect.fail('a picture was read') };
    const task = {
      name: 'train',
      model: residualNetwork(1, [8]),
      settings: trainSettings(),
      losses: [{ loss: crossEntropy(), weight: 1 }],
      batches,
      batchNormalization: 'training',
    } as const;
    const deps = { runtime: await createOrtRuntime(), context: plainContext(), memory: { bytes: mebibyte, kind: 'limit' } } as const;
    await expect(train(task, deps)).rejects.toMatchObject({ code: 'training.memory' });
  });
});
