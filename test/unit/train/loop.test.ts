import { beforeAll, describe, expect, it } from 'vitest';
import { memoryCheckpoints, type Checkpoints } from '../../../src/engine/base/checkpoint.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { BatchSource } from '../../../src/engine/data/batches.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import type { TrainSettings } from '../../../src/engine/train/step.ts';
import type { TrainingTask, ValidationScore } from '../../../src/engine/train/task.ts';
import { learnableBatches, learnablePicture, trainSettings } from '../../support/learnable-batches.ts';
import { residualNetwork } from '../../support/trained-networks.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const network = (): Model => residualNetwork(1, [8, 16], 'Relu');

/** Share of pictures that were not trained on and are told right. */
async function accuracy(model: Model, count = 60): Promise<ValidationScore> {
  const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: 1 });
  const pictures = Array.from({ length: count }, (_, i) => learnablePicture(10_000 + i, { count: 0, batch: 0 }));
  const data = new Float32Array(count * 768);
  pictures.forEach((picture, i) => data.set(picture.data, i * 768));
  const { logits } = await session.run({ x: { type: DataType.float32, dims: [count, 3, 16, 16], data } });
  await session.dispose();
  const answers = logits!.data as Float32Array;
  const right = pictures.filter(({ label }, i) => {
    const row = answers.subarray(i * 5, i * 5 + 5);
    return row.indexOf(Math.max(...row)) === label;
  });
  return { metric: 'top1', unit: '%', better: 'high', value: (100 * right.length) / count };
}

const task = (settings: Partial<TrainSettings>, more: Partial<TrainingTask> = {}): TrainingTask => ({
  name: 'train',
  model: network(),
  settings: trainSettings({ epochs: 2, 'learning-rate': 0.01, ...settings }),
  losses: [{ loss: crossEntropy(), weight: 1 }],
  batches: learnableBatches({ count: 160, batch: 16 }),
  batchNormalization: 'training',
  ...more,
});

const bytesOf = (model: Model): Buffer => Buffer.from(encodeModel(model));

describe('a training', () => {
  it('learns, and keeps the best weights by validation', async () => {
    const what = task({ epochs: 3 }, { validate: accuracy });
    const { curve, notes } = await train(what, { runtime, context: plainContext() });
    const { scores } = curve.validation!;
    expect(scores.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    expect(scores[0]!.value).toBeLessThan(50);
    const best = Math.max(...scores.map(({ value }) => value));
    expect(best).toBeGreaterThan(85);
    expect((await accuracy(what.model)).value).toBe(best);
    expect(curve.points.at(-1)!.loss).toBeLessThan(curve.points[0]!.loss / 2);
    expect(notes[0]).toMatch(/are kept: top1 .* % on the validation pictures/);
  });

  it('leaves weights as they were where no epoch is better', async () => {
    const what = task({ epochs: 2 }, { validate: async () => ({ metric: 'loss', unit: '', better: 'low', value: rising++ }) });
    let rising = 0;
    const before = bytesOf(what.model);
    const { notes } = await train(what, { runtime, context: plainContext() });
    expect(bytesOf(what.model).equals(before)).toBe(true);
    expect(notes[0]).toMatch(/No epoch was surely better/);
  });

  it('ends early without progress', async () => {
    let calls = 0;
    const what = task(
      { epochs: 9, patience: 2 },
      { validate: async () => ({ metric: 'loss', unit: '', better: 'low', value: [5, 3, 4, 4, 1][calls++]! }) },
    );
    const { curve } = await train(what, { runtime, context: plainContext() });
    expect(curve.validation!.scores.map(({ value }) => value)).toEqual([5, 3, 4, 4]);
    expect(curve.stopped).toMatch(/for 2 epochs/);
  });

  it('ends within an epoch after max-steps', async () => {
    const { curve } = await train(task({ 'max-steps': 7 }, { validate: accuracy }), { runtime, context: plainContext() });
    expect([curve.steps, curve.points.length, curve.validation!.scores.at(-1)!.step]).toEqual([7, 7, 7]);
  });

  it('takes steps over several batches', async () => {
    const { curve } = await train(task({ accumulate: 4, epochs: 2 }), { runtime, context: plainContext() });
    // 10 batches: steps of 4, 4 and 2.
    expect(curve.steps).toBe(6);
  });

  it('of an accumulated step is that of the larger batch', async () => {
    const change = { epochs: 1, 'max-steps': 1, optimizer: 'sgd', momentum: 0, 'weight-decay': 0 } as const;
    const [parts, whole] = [
      task({ ...change, accumulate: 2 }, { batchNormalization: 'frozen' }),
      task(change, { batchNormalization: 'frozen', batches: learnableBatches({ count: 160, batch: 32 }) }),
    ];
    for (const what of [parts, whole]) await train(what, { runtime, context: plainContext() });
    for (const [name, tensor] of whole.model.graph.initializers) {
      if (tensor.type !== DataType.float32) continue;
      parts.model.graph.initializers
        .get(name)!
        .toFloat32()
        .forEach((value, i) => expect(value).toBeCloseTo(tensor.toFloat32()[i]!, 5));
    }
  });

  it('can be shortened, averaged and frozen', async () => {
    const what = task({ clip: 0.5, ema: 0.9, 'freeze-batch-normalization': 1 }, { validate: accuracy });
    const { curve } = await train(what, { runtime, context: plainContext() });
    expect(curve.validation!.scores.at(-1)!.value).toBeGreaterThan(50);
  });

  it('can measure batch normalization anew: the first layer sees what its pictures are', async () => {
    const what = task({ 'batch-normalization': 're-estimate', 'learning-rate': 0.003 }, { validate: accuracy });
    await train(what, { runtime, context: plainContext() });
    const { graph } = what.model;
    const norm = graph.nodes.find(({ op }) => op === 'BatchNormalization')!;
    const [mean, variance] = [3, 4].map((i) => graph.initializers.get(norm.inputs[i]!)!.toFloat32());
    graph.outputs = [{ name: norm.inputs[0]!, type: { kind: 'tensor', elementType: DataType.float32 } }];
    const session = await runtime.load(encodeModel(what.model), { optimize: 'none', threads: 1 });
    const sums = Array.from({ length: 8 }, () => [0, 0]);
    for await (const batch of what.batches.epoch(0, { signal: new AbortController().signal })) {
      const values = Object.values(await session.run({ x: batch.input }))[0]!.data as Float32Array;
      values.forEach((value, i) => {
        const sum = sums[Math.floor(i / 256) % 8]!;
        sum[0]! += value / (160 * 256);
        sum[1]! += value ** 2 / (160 * 256);
      });
    }
    await session.dispose();
    sums.forEach(([first, second], channel) => {
      expect(mean![channel]).toBeCloseTo(first!, 4);
      expect(variance![channel]).toBeCloseTo(second! - first! ** 2, 4);
    });
  });
});

/** The checkpoints of a process that is killed while it saves for the n-th time. */
function dying(inner: Checkpoints, saves: number): Checkpoints {
  let left = saves;
  return {
    load: (key) => inner.load(key),
    save: async (key, state) => {
      if (left-- === 0) throw new Error('killed');
      await inner.save(key, state);
    },
  };
}

describe('a training that goes on', () => {
  const settings: Record<string, Partial<TrainSettings>> = {
    adam: {},
    'sgd with momentum, averages and accumulation': { optimizer: 'sgd', ema: 0.99, accumulate: 2, clip: 1 },
    'with batch normalization frozen later': { 'freeze-batch-normalization': 0.5, 'label-smoothing': 0.1 },
  };
  for (const [name, change] of Object.entries(settings)) {
    it(`ends with the same bytes: ${name}`, async () => {
      const every = { ...change, 'checkpoint-every': 2 };
      const small = (): TrainingTask =>
        task(every, {
          validate: (model) => accuracy(model, 10),
          model: residualNetwork(1, [8], 'Relu'),
          batches: learnableBatches({ count: 96, batch: 16 }),
        });
      const whole = small();
      const { curve } = await train(whole, { runtime, context: plainContext() });
      for (const saves of [1, 3]) {
        const kept = memoryCheckpoints();
        const killed = train(small(), { runtime, context: plainContext(), checkpoints: dying(kept, saves) });
        await expect(killed).rejects.toThrow('killed');
        const rest = small();
        const again = await train(rest, { runtime, context: plainContext({ threads: 2 }), checkpoints: kept });
        expect(bytesOf(rest.model).equals(bytesOf(whole.model))).toBe(true);
        expect(again.curve).toEqual(curve);
      }
    });
  }

  it('loses nothing by being cancelled', async () => {
    const whole = task({});
    await train(whole, { runtime, context: plainContext() });
    const abort = new AbortController();
    const checkpoints = memoryCheckpoints();
    const watch: TrainingTask['watch'] = ({ points }) => points.length === 13 && abort.abort();
    const cancelled = train(task({}, { watch }), { runtime, context: plainContext({ signal: abort.signal }), checkpoints });
    await expect(cancelled).rejects.toThrow('cancelled');
    let first: number | undefined;
    const rest = task({}, { watch: ({ points }) => (first ??= points.length) });
    await train(rest, { runtime, context: plainContext(), checkpoints });
    expect(first).toBe(14);
    expect(bytesOf(rest.model).equals(bytesOf(whole.model))).toBe(true);
  });
});

describe('a training that leaves the numbers', () => {
  it('says the step, the layer and what to do, and keeps the last good weights', async () => {
    const checkpoints = memoryCheckpoints();
    const change = { epochs: 3, 'learning-rate': 100, optimizer: 'sgd', 'checkpoint-every': 1 } as const;
    const what = task(change, { validate: accuracy, batchNormalization: 'frozen' });
    const failed = train(what, { runtime, context: plainContext(), checkpoints });
    await expect(failed).rejects.toMatchObject({
      code: 'training.diverged',
      message: expect.stringMatching(/^step \d+: .*at the layer "/),
      exitCode: 1,
    });
    await expect(failed).rejects.toMatchObject({ place: { hint: expect.stringMatching(/learning-rate: 10\).*Resuming the run takes/) } });
    const rest = task(change, { validate: accuracy, batchNormalization: 'frozen' });
    const { curve } = await train(rest, { runtime, context: plainContext(), checkpoints });
    expect(curve.stopped).toMatch(/^step \d+/);
    for (const tensor of rest.model.graph.initializers.values())
      if (tensor.type === DataType.float32) expect(tensor.toFloat32().every(Number.isFinite)).toBe(true);
  });

  it('names a picture that holds such numbers', async () => {
    const batches = learnableBatches({ count: 160, batch: 16 });
    const bad: BatchSource = {
      ...batches,
      async *epoch(epoch, options) {
        for await (const batch of batches.epoch(epoch, options)) {
          (batch.input.data as Float32Array)[5 * 768] = NaN;
          yield { ...batch, samples: batch.samples.with(5, 41) };
        }
      },
    };
    const failed = train(task({}, { batches: bad }), { runtime, context: plainContext() });
    await expect(failed).rejects.toMatchObject({
      code: 'training.pictures',
      message: 'step 1: training picture 42 holds numbers that are not finite',
    });
  });

  it('names the layer where the first number goes wrong', async () => {
    const what = task({});
    const node = what.model.graph.nodes.filter(({ op }) => op === 'Conv')[2]!;
    const weight = what.model.graph.initializers.get(node.inputs[1]!)!;
    (weight.typed() as Float32Array)[7] = Infinity;
    const failed = train(what, { runtime, context: plainContext() });
    await expect(failed).rejects.toMatchObject({ place: { node: node.label } });
  });
});

describe('a curve', () => {
  it('has a bounded number of points, whose losses keep their mean', async () => {
    const { LearningCurve } = await import('../../../src/engine/train/loop/learning-curve.ts');
    const curve = new LearningCurve({ step: 'train', epochs: 1, steps: 5000, points: [] });
    for (let step = 1; step <= 4096; step++) curve.add({ step, epoch: step / 4096, loss: step, rate: 1 });
    const { points } = curve.curve;
    expect(points.length).toBeLessThanOrEqual(1000);
    expect(points.at(-1)!.step).toBeGreaterThan(4000);
    const [first] = points;
    expect(first!.loss).toBe((first!.step + 1) / 2);
  });
});

it('an epoch that is too short is an error of the source', async () => {
  const whole = learnableBatches({ count: 160, batch: 16 });
  const short: BatchSource = { ...whole, stepsPerEpoch: 12 };
  await expect(train(task({}, { batches: short }), { runtime, context: plainContext() })).rejects.toThrow(RangeError);
});
