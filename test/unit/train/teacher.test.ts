import { beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { BatchSource } from '../../../src/engine/data/batches.ts';
import { writeInputMetadata } from '../../../src/engine/data/input-settings.ts';
import type { InputSettings } from '../../../src/engine/data/types.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { type Model, Node, type ValueInfo } from '../../../src/engine/onnx/graph.ts';
import type { StepRequest } from '../../../src/engine/pipeline/steps/step.ts';
import { readTeacher } from '../../../src/engine/pipeline/training/teacher.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import { agreement } from '../../../src/engine/train/losses/agreement.ts';
import { attention } from '../../../src/engine/train/losses/attention.ts';
import { distillation } from '../../../src/engine/train/losses/distillation.ts';
import { hints } from '../../../src/engine/train/losses/hints.ts';
import type { Loss } from '../../../src/engine/train/losses/loss.ts';
import { openTeacher, type TeacherRequest } from '../../../src/engine/train/teacher/open-teacher.ts';
import { pairFeatures } from '../../../src/engine/train/teacher/pair-features.ts';
import { learnableBatches, trainSettings } from '../../support/learnable-batches.ts';
import { buildModel } from '../../support/model-builder.ts';
import { residualNetwork } from '../../support/trained-networks.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});
const context = plainContext();

const large = (): Model => residualNetwork(1, [8, 16], 'Relu');
const small = (): Model => residualNetwork(2, [4, 6], 'Relu');
const input = (shape: readonly (number | string)[]): ValueInfo => ({
  name: 'x',
  type: { kind: 'tensor', elementType: DataType.float32, shape },
});

/** The network with a Softmax behind it. */
function withSoftmax(model: Model): Model {
  const { graph } = model;
  const end = graph.nodes.at(-1)!;
  graph.remove(end);
  graph.add(new Node('end', 'Softmax', end.inputs, end.outputs));
  return model;
}

/** Values of a model as ONNX Runtime computes them, all pictures at once. */
async function valuesOf(model: Model, x: RuntimeTensor, names: readonly string[]): Promise<Record<string, RuntimeTensor>> {
  const whole = cloneModel(model);
  whole.graph.outputs = names.map((name) => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } }));
  const session = await runtime.load(encodeModel(whole), { optimize: 'none', threads: 1 });
  try {
    return await session.run({ x });
  } finally {
    await session.dispose();
  }
}

/** A runtime that counts the pictures it has answered. */
function counting(): { readonly runtime: Runtime; pictures: number } {
  const counted = {
    pictures: 0,
    runtime: {
      ...runtime,
      async load(...args: Parameters<Runtime['load']>) {
        const session = await runtime.load(...args);
        return {
          ...session,
          inputs: session.inputs,
          outputs: session.outputs,
          dispose: () => session.dispose(),
          run(...call: Parameters<typeof session.run>) {
            counted.pictures += Object.values(call[0])[0]!.dims[0]!;
            return session.run(...call);
          },
        };
      },
    } satisfies Runtime,
  };
  return counted;
}

const request = (changes: Partial<TeacherRequest> = {}): TeacherRequest => ({
  model: large(),
  student: small(),
  batches: learnableBatches({ count: 40, batch: 20 }),
  meaning: 'classification',
  ...changes,
});

async function firstBatch(batches: BatchSource, epoch = 0) {
  for await (const batch of batches.epoch(epoch, { signal: context.signal })) return batch;
  throw new Error('no batch');
}

describe('a teacher', () => {
  it('answers a batch as its model does, before the Softmax, with inner values', async () => {
    const batches = learnableBatches({ count: 40, batch: 20 });
    const model = withSoftmax(large());
    const logits = model.graph.nodes.at(-1)!.inputs[0]!;
    const inner = model.graph.nodes.find(({ op }) => op === 'Relu')!.outputs[0]!;
    const teacher = await openTeacher(request({ model, batches, features: [inner] }), { runtime, context });
    try {
      expect(teacher.outputs).toEqual([logits]);
      const batch = await firstBatch(batches);
      const [found, wanted] = [await teacher.answers(batch), await valuesOf(large(), batch.input, [logits, inner])];
      for (const name of [logits, inner]) {
        expect(found[name]!.dims).toEqual(wanted[name]!.dims);
        expect(teacher.values.get(name)!.type).toMatchObject({ shape: wanted[name]!.dims });
        const [a, b] = [found[name]!, wanted[name]!].map(({ data }) => data as Float32Array) as [Float32Array, Float32Array];
        expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-4);
      }
    } finally {
      await teacher.dispose();
    }
  });

  it.each([
    ['is not asked again about pictures that stay the same', true, 0],
    ['is asked every time about pictures that change', false, 32],
  ])('%s', async (_, isFixed, again) => {
    const batches = { ...learnableBatches({ count: 40, batch: 20 }), isFixed };
    const counted = counting();
    const teacher = await openTeacher(request({ batches }), { runtime: counted.runtime, context });
    try {
      const batch = await firstBatch(batches);
      const first = await teacher.answers(batch);
      // Twenty pictures, sixteen at a time.
      expect(counted.pictures).toBe(32);
      expect(await teacher.answers(batch)).toEqual(first);
      expect(counted.pictures - 32).toBe(again);
    } finally {
      await teacher.dispose();
    }
  });

  it('answers a picture to the bit alike wherever it stands in a batch: a training goes on from anywhere', async () => {
    const batches = learnableBatches({ count: 40, batch: 20 });
    const batch = await firstBatch(batches);
    const data = new Float32Array(batch.input.data as Float32Array);
    const turned = { ...batch.input, data: Float32Array.from(data, (_, i) => data[(19 - Math.floor(i / 768)) * 768 + (i % 768)]!) };
    const [answers, other] = await Promise.all(
      [batch, { samples: [...batch.samples].reverse(), input: turned }].map(async (seen) => {
        const teacher = await openTeacher(request({ batches }), { runtime, context });
        const found = Object.values(await teacher.answers(seen))[0]!.data as Float32Array;
        await teacher.dispose();
        return found;
      }),
    );
    expect(Array.from(answers!, (_, i) => answers![(19 - Math.floor(i / 5)) * 5 + (i % 5)])).toEqual([...other!]);
  });

  it('computes only what is missing of a batch', async () => {
    const batches = learnableBatches({ count: 40, batch: 20 });
    const counted = counting();
    const teacher = await openTeacher(request({ batches }), { runtime: counted.runtime, context });
    try {
      const [a, b] = [await firstBatch(batches, 0), await firstBatch(batches, 1)];
      const unseen = b.samples.filter((sample) => !a.samples.includes(sample)).length;
      expect(unseen).toBeGreaterThan(0);
      await teacher.answers(a);
      await teacher.answers(b);
      expect(counted.pictures).toBe(32 + 16 * Math.ceil(unseen / 16));
    } finally {
      await teacher.dispose();
    }
  });

  it('keeps nothing where the answers would fill the memory', async () => {
    const batches = { ...learnableBatches({ count: 40, batch: 20 }), stepsPerEpoch: 1e6 };
    const counted = counting();
    const teacher = await openTeacher(request({ batches }), { runtime: counted.runtime, context });
    try {
      const batch = await firstBatch(learnableBatches({ count: 40, batch: 20 }));
      await teacher.answers(batch);
      await teacher.answers(batch);
      expect(counted.pictures).toBe(64);
    } finally {
      await teacher.dispose();
    }
  });

  it.each([
    ['another size', [1, 3, 32, 32], /takes pictures of 3 × 32 × 32, the student of 3 × 16 × 16/],
    ['another layout', ['N', 16, 16, 3], /takes pictures of 16 × 16 × 3/],
  ])('refuses %s', async (_, shape, message) => {
    const model = large();
    model.graph.inputs = [input(shape)];
    await expect(openTeacher(request({ model }), { runtime, context })).rejects.toThrow(message);
  });

  it('takes the size of the student where it leaves its own free', async () => {
    const model = large();
    model.graph.inputs = [input(['N', 3, 'H', 'W'])];
    const teacher = await openTeacher(request({ model }), { runtime, context });
    expect([...teacher.values.values()].map(({ type }) => type)).toMatchObject([{ shape: [20, 5] }]);
    await teacher.dispose();
  });

  it('refuses answers that are not by picture', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 3, 16, 16] }],
      outputs: ['y'],
      nodes: [['ReduceMean', ['x'], ['y'], { keepdims: 0 }]],
      opset: 21,
      irVersion: 10,
    });
    await expect(openTeacher(request({ model }), { runtime, context })).rejects.toThrow(/"y" has no row for each picture/);
  });
});

describe('the teacher of a step', () => {
  const settings: InputSettings = { color: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' };
  const step = (models: readonly Model[]): StepRequest =>
    ({
      ancestors: models.map((model) => ({ load: () => Promise.resolve(model) })),
      models: new Map([['large', { load: () => Promise.resolve(large()) }]]),
      data: { settings },
      runtime,
      context,
    }) as unknown as StepRequest;

  it('is the model that the recipe began with, or one of its models', async () => {
    const names = (model: Model) => [...model.graph.initializers.keys()];
    expect(names(await readTeacher(step([large(), small()]), undefined))).toEqual(names(large()));
    expect(names(await readTeacher(step([small()]), 'large'))).toEqual(names(large()));
  });

  it('must be named where the student is the first model', async () => {
    await expect(readTeacher(step([small()]), undefined)).rejects.toThrow(/there is no teacher/);
  });

  it('is refused where it was fed with other pictures', async () => {
    const model = large();
    writeInputMetadata(model, { ...settings, color: 'bgr', scale: 1 });
    await expect(readTeacher(step([model, small()]), undefined)).rejects.toThrow(/trained with other pictures: color, scale of its input/);
    writeInputMetadata(model, settings);
    await expect(readTeacher(step([model, small()]), undefined)).resolves.toBeDefined();
  });
});

describe('features that are compared', () => {
  const value = (model: Model, layer: string): string => model.graph.nodeByLabel(layer)!.outputs[0]!;
  const relus = (model: Model): string[] => model.graph.nodes.flatMap(({ op, label }) => (op === 'Relu' ? [label] : []));

  it('are the ends of the stages, by size', () => {
    const [student, teacher] = [small(), large()];
    const pairs = pairFeatures(student, teacher);
    expect(pairs).toEqual(
      [2, 4].map((i) => ({ student: value(student, relus(student)[i]!), teacher: value(teacher, relus(teacher)[i]!) })),
    );
  });

  it('are those that are named', () => {
    const [student, teacher] = [small(), large()];
    const [own, other] = [relus(student)[1]!, relus(teacher)[2]!];
    expect(pairFeatures(student, teacher, [`${own} = ${other}`, own])).toEqual([
      { student: value(student, own), teacher: value(teacher, other) },
      { student: value(student, own), teacher: value(teacher, own) },
    ]);
    expect(() => pairFeatures(student, teacher, ['nowhere'])).toThrow(/the student has no layer "nowhere"/);
    expect(() => pairFeatures(student, teacher, [`${own}=nowhere`])).toThrow(/the teacher has no layer "nowhere"/);
  });
});

describe('distillation', () => {
  const losses: readonly [string, (answer: string, pairs: ReturnType<typeof pairFeatures>) => Loss, number][] = [
    ['softened answers', (answer) => distillation({ temperature: 3, answer }), 0.4],
    ['agreement', (answer) => agreement({ meaning: 'unknown', answers: [answer] }), 0.4],
    ['hints', (_, pairs) => hints({ pairs }), 0.7],
    ['attention', (_, pairs) => attention({ pairs }), 0.6],
  ];

  it.each(losses)('by %s brings a student closer to its teacher', async (_, make, share) => {
    const [model, teacherModel] = [small(), large()];
    const before = [...model.graph.initializers.keys()];
    const batches = learnableBatches({ count: 64, batch: 16 });
    const pairs = pairFeatures(model, teacherModel);
    const features = pairs.map(({ teacher }) => teacher);
    const teacher = await openTeacher(request({ model: teacherModel, student: model, batches, features }), { runtime, context });
    try {
      const { curve } = await train(
        {
          name: 'distill',
          model,
          settings: trainSettings({ epochs: 6, 'learning-rate': 0.02, 'weight-decay': 0 }),
          losses: [{ loss: make(teacher.outputs[0]!, pairs), weight: 1 }],
          batches,
          teacher,
          batchNormalization: 'training',
        },
        { runtime, context },
      );
      const mean = (points: typeof curve.points): number => points.reduce((sum, { loss }) => sum + loss, 0) / points.length;
      expect(mean(curve.points.slice(-4))).toBeLessThan(share * mean(curve.points.slice(0, 1)));
      expect([...model.graph.initializers.keys()]).toEqual(before);
    } finally {
      await teacher.dispose();
    }
  });
});
