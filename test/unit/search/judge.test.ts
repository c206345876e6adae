import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { bitOperationsOf, bytesOf, limitOf } from '../../../src/engine/search/budget.ts';
import { Judge } from '../../../src/engine/search/judge.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { buildModel } from '../../support/model-builder.ts';

/** Three scores: three inputs times `factor` each. */
const scaled = (...factors: number[]): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, 3] }],
    outputs: [{ name: 'y', shape: [1, 3] }],
    initializers: { w: Tensor.float32([3], Float32Array.from(factors)) },
    nodes: [['Mul', ['x', 'w'], ['y']]],
  });

/** Labels by the largest input: the model that passes its input on is always right. */
async function labelled(count: number): Promise<Dataset> {
  const plain = noiseDataset(count, [3]);
  const labels: number[] = [];
  for await (const { input } of plain.stream({ signal: new AbortController().signal })) {
    const values = [...(input.data as Float32Array)];
    labels.push(values.indexOf(Math.max(...values)));
  }
  return {
    ...plain,
    samples: plain.samples.map((sample, i) => ({ ...sample, label: labels[i]! })),
    async *stream(options) {
      for await (const sample of plain.stream(options)) yield { ...sample, label: labels[sample.index]! };
    },
  };
}

async function judge(dataset: Dataset, task: 'classification' | 'detection' = 'classification', metric: 'needed' | 'optional' = 'needed') {
  return Judge.open({ model: scaled(1, 1, 1), dataset, task }, { runtime: await createOrtRuntime(), context: plainContext() }, metric);
}

describe('Judge', () => {
  it('counts the loss against the float model on the same pictures, and what the outputs lost', async () => {
    const judged = await judge(await labelled(200));
    const same = await judged.measure(scaled(1, 1, 1));
    expect(same).toMatchObject({ metric: 'top1', unit: '%', value: 100, loss: 0, noise: 0, samples: 200 });
    // All scores by a tenth too large: every answer is right still.
    const louder = await judged.measure(scaled(1.1, 1.1, 1.1));
    expect(louder.loss).toBe(0);
    expect(louder.noise).toBeCloseTo(0.01, 6);
    // One class is never named: a third of the answers are wrong.
    const deaf = await judged.measure(scaled(1, 1, -1000));
    expect(deaf.loss).toBe(100 - deaf.value);
    expect(deaf.confidence[0]).toBeLessThan(deaf.loss);
    expect(deaf.confidence[1]).toBeGreaterThan(deaf.loss);
    await judged.dispose();
  });

  it('agreement with the float model where there are no labels', async () => {
    const judged = await judge(noiseDataset(50, [3]));
    expect(await judged.measure(scaled(2, 2, 2))).toMatchObject({ metric: 'agreement', value: 100, loss: 0 });
    expect((await judged.measure(scaled(-1, -1, -1))).loss).toBeGreaterThan(90);
    await judged.dispose();
  });

  it('looks at the first pictures only where that is asked, and finds the same again', async () => {
    const judged = await judge(await labelled(40));
    const few = await judged.measure(scaled(1, 2, 1), 10);
    expect(few.samples).toBe(10);
    const all = await judged.measure(scaled(1, 2, 1));
    expect(await judged.measure(scaled(1, 2, 1))).toEqual(all);
    expect(all.samples).toBe(40);
    await judged.dispose();
  });

  it('without a metric that fits models differ by their outputs, or it is an error', async () => {
    await expect(judge(noiseDataset(5, [3]), 'detection')).rejects.toMatchObject({ code: 'evaluate.metric' });
    const judged = await judge(noiseDataset(5, [3]), 'detection', 'optional');
    const score = await judged.measure(scaled(1, 1, 0.5));
    expect(score).toMatchObject({ metric: 'none', loss: NaN });
    expect(score.noise).toBeGreaterThan(0);
    expect((await judged.measure(scaled(NaN, 1, 1))).noise).toBe(Infinity);
    await judged.dispose();
  });
});

describe('budgets', () => {
  const layer = { name: 'a', elements: 1001, macs: 5000, activations: 8 };

  it('packed bytes and bit operations of a layer', () => {
    expect([2, 3, 8, 'float'].map((width) => bytesOf(layer, width as number))).toEqual([251, 376, 1001, 4004]);
    expect([4, 'float'].map((width) => bitOperationsOf(layer, width as number))).toEqual([5000 * 4 * 8, 5000 * 32 * 32]);
    expect(() => bitOperationsOf({ ...layer, macs: null }, 4)).toThrow(/multiply-adds are not known/);
  });

  it('percentages are of every layer at 8 bits', () => {
    expect(limitOf({ kind: 'bytes', value: 50, percent: true }, 1000)).toBe(500);
    expect(limitOf({ kind: 'bytes', value: 50 }, 1000)).toBe(50);
  });
});
