import { statSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { writeInputMetadata } from '../../../src/engine/data/input-settings.ts';
import type { DataSource } from '../../../src/engine/data/source.ts';
import type { Dataset, InputSettings } from '../../../src/engine/data/types.ts';
import { evaluateModel, evaluatePart, type EvaluateRequest } from '../../../src/engine/evaluate/evaluate.ts';
import { evaluationOf, measurementOf, mergeParts, readPart, writePart, type EvaluationPart } from '../../../src/engine/evaluate/part.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { encode } from 'fast-png';
import { flatPng, put, temporaryFolder } from '../data/files.ts';
import { colorClassifier, model, save } from './models.ts';

const folder = temporaryFolder();
const context = plainContext();
const raw: InputSettings = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' };
const modelInput = { name: 'image', type: DataType.float32, shape: ['N', 3, 4, 4] } as const;
let runtime: Runtime;
let classifier: string;

beforeAll(async () => {
  runtime = await createOrtRuntime();
  classifier = save(folder, 'color.onnx', colorClassifier());
  // Class folders b, g and r would be sorted; numbers keep the order of the channels.
  const colors = [[200, 10, 20], [30, 210, 40], [50, 60, 220]] as const; // prettier-ignore
  for (const [label, color] of colors.entries()) {
    for (let i = 0; i < 4; i++) {
      // One green picture stands among the red ones.
      const seen = label === 0 && i === 3 ? colors[1] : color;
      const data = Uint8Array.from({ length: 48 }, (_, k) => seen[k % 3]! + i);
      put(folder, `data/${label}/${i}.png`, encode({ width: 4, height: 4, channels: 3, depth: 8, data }));
    }
  }
});

const open = (source: Partial<DataSource> = {}, input: InputSettings = raw): Promise<Dataset> =>
  openDataset({ source: { path: 'data', labels: 'folders', ...source }, folder, input, modelInput, seed: 0 }, context);
const evaluate = async (more: Partial<EvaluateRequest> = {}): Promise<ReturnType<typeof evaluationOf>> =>
  evaluateModel({ model: classifier, task: 'classification', dataset: await open(), ...more }, { runtime, context });

it('measures top-1 with its interval, and latency when asked', async () => {
  const found = await evaluate({ latency: { runs: 3, warmUp: 1 } });
  expect(found).toMatchObject({ metric: 'top1', unit: '%', better: 'high', samples: 12, threads: 1, warnings: [] });
  expect(found.value).toBeCloseTo((100 * 11) / 12, 9);
  expect(found.latencyMs!.median).toBeGreaterThan(0);
  expect(found.latencyMs!.p90).toBeGreaterThanOrEqual(found.latencyMs!.median);
  // One picture of 3 x 4 x 4 floats and its three means.
  expect(found.size).toEqual({ bytes: statSync(classifier).size, weightBytes: 0, peakActivationBytes: 48 * 4 + 3 * 4 });
  expect(measurementOf(found)).toMatchObject({ metric: 'top1', value: found.value, confidence: found.confidence });
});

it('tells each split of a label file by itself, where there are several', async () => {
  const lines = [0, 1, 2].flatMap((label) => [0, 1, 2, 3].map((i) => `${label}/${i}.png,${label},${i === 3 ? 'test' : 'train'}`));
  put(folder, 'splits.csv', `file,class,split\n${lines.join('\n')}\n`);
  const { splits, value } = await evaluate({ dataset: await open({ labels: 'splits.csv' }) });
  expect(value).toBeCloseTo((100 * 11) / 12, 9);
  expect(splits).toMatchObject([
    { split: 'train', value: 100, samples: 9 },
    { split: 'test', value: expect.closeTo((100 * 2) / 3, 9) as number, samples: 3 },
  ]);
  expect((await evaluate({ dataset: await open({ labels: 'splits.csv', split: 'test' }) })).splits).toBeUndefined();
});

it('shards, merged in any order, equal the whole', async () => {
  const whole = await evaluatePart({ model: classifier, task: 'classification', dataset: await open() }, { runtime, context });
  const parts: EvaluationPart[] = [];
  for (const index of [2, 0, 4, 1, 3]) {
    const part = await evaluatePart(
      { model: classifier, task: 'classification', dataset: await open(), shard: { index, of: 5 } },
      { runtime, context },
    );
    parts.push(readPart(writePart(part), 'part.json'));
  }
  expect(evaluationOf(mergeParts(parts))).toEqual(evaluationOf(whole));
  expect(() => mergeParts(parts.slice(1))).toThrow(/of 5 parts there are/);
  expect(() => mergeParts([...parts.slice(1), parts[1]!])).toThrow(/of 5 parts/);
  expect(() => mergeParts([parts[0]!, { ...parts[1]!, data: 'other' }])).toThrow(/different evaluations: data/);
  for (const text of ['', '{}', '[]', 'null', '{"kind":"lathe-evaluation","version":1}'])
    expect(() => readPart(text, 'x')).toThrow(/no part of an evaluation/);
});

it('against another model: the paired difference; without labels: the agreement', async () => {
  const inverted = model([['Neg', ['image'], ['negative']], ['GlobalAveragePool', ['negative'], ['pooled']], ['Flatten', ['pooled'], ['scores']]], {
    input: ['image', ['N', 3, 4, 4]],
    output: ['scores', ['N', 3]],
  }); // prettier-ignore
  const against = save(folder, 'inverted.onnx', inverted);
  const found = await evaluate({ against });
  expect(found.difference!.model).toBe(against);
  expect(found.difference!.value).toBeCloseTo((100 * 10) / 12, 6);
  const agreeing = await evaluate({ against: classifier, dataset: await open({ labels: undefined }) });
  expect(agreeing).toMatchObject({ metric: 'agreement', value: 100 });
  expect(await evaluate({ against, dataset: await open({ labels: undefined }) })).toMatchObject({ metric: 'agreement', value: 0 });
});

it('feeds models of a fixed batch', async () => {
  const fixed = model([['GlobalAveragePool', ['image'], ['pooled']], ['Flatten', ['pooled'], ['scores']]], {
    input: ['image', [4, 3, 4, 4]],
    output: ['scores', [4, 3]],
  }); // prettier-ignore
  expect((await evaluate({ model: save(folder, 'fixed.onnx', fixed) })).value).toBeCloseTo((100 * 11) / 12, 9);
});

/** The classifier with its input quantized by the given scale. */
const quantized = (scale: number): string =>
  save(
    folder,
    `q${scale}.onnx`,
    model(
      [
        ['QuantizeLinear', ['image', 'scale', 'zero'], ['stored']],
        ['DequantizeLinear', ['stored', 'scale', 'zero'], ['read']],
        ['GlobalAveragePool', ['read'], ['pooled']],
        ['Flatten', ['pooled'], ['scores']],
      ],
      { input: ['image', ['N', 3, 4, 4]], output: ['scores', ['N', 3]] },
      { scale: Tensor.float32([], [scale]), zero: Tensor.of(DataType.uint8, [], Uint8Array.of(0)) },
    ),
  );

it('warns of inputs outside the range a model was quantized for', async () => {
  expect((await evaluate({ model: quantized(1) })).warnings).toEqual([]);
  expect((await evaluate({ model: quantized(1 / 255) })).warnings[0]).toMatch(
    /quantized for values from 0 to 1, but the pictures give 10 to 22\d/,
  );
  const small = await open({}, { ...raw, scale: 1 / 255 });
  expect((await evaluate({ model: quantized(1), dataset: small })).warnings[0]).toMatch(/from 0 to 255, but the pictures give 0.039/);
});

it('warns of a model that normalises itself, and of settings other than the model’s own', async () => {
  const dividing = model([['Div', ['image', 'd'], ['x']], ['GlobalAveragePool', ['x'], ['pooled']], ['Flatten', ['pooled'], ['scores']]], {
    input: ['image', ['N', 3, 4, 4]],
    output: ['scores', ['N', 3]],
  }, { d: Tensor.float32([], [255]) }); // prettier-ignore
  const own = save(folder, 'dividing.onnx', dividing);
  expect((await evaluate({ model: own })).warnings).toEqual([]);
  const doubled = await evaluate({ model: own, dataset: await open({}, { ...raw, scale: 1 / 255 }) });
  expect(doubled.warnings[0]).toMatch(/divides its input by 255 itself/);
  const carrying = colorClassifier();
  writeInputMetadata(carrying, raw);
  const file = save(folder, 'carrying.onnx', carrying);
  expect((await evaluate({ model: file })).warnings).toEqual([]);
  const other = await evaluate({ model: file, dataset: await open({}, { ...raw, color: 'bgr', scale: 2 }) });
  expect(other.warnings[0]).toMatch(/differ from those the model was made with .*: color, scale/);
});

it('a figure that fusion changes is told with both numbers', async () => {
  // A runtime whose "fused" session forgets the sign of everything.
  const sly: Runtime = {
    ...runtime,
    async load(file, options) {
      const session = await runtime.load(file, options);
      if (options.optimize === 'none') return session;
      return {
        ...session,
        run: async (feeds) => {
          const outputs = await session.run(feeds);
          const { scores } = outputs;
          return { scores: { ...scores!, data: (scores!.data as Float32Array).map((value) => -value) } };
        },
        dispose: () => session.dispose(),
      };
    },
  };
  const found = await evaluateModel({ model: quantized(1), task: 'classification', dataset: await open() }, { runtime: sly, context });
  expect(found.value).toBeCloseTo(100 / 12, 9);
  expect(found.asWritten!.value).toBeCloseTo((100 * 11) / 12, 9);
  expect(found.warnings[0]).toMatch(/fused integer kernels of this machine give 8\.3 %, the file as written 91\.7 %/);
});

it('labels beyond the model’s classes are refused, 1-based ones with a hint', async () => {
  for (let label = 1; label <= 3; label++) put(folder, `one/${label}.png`, flatPng(label));
  put(folder, 'one/labels.csv', 'file,class\n1.png,1\n2.png,2\n3.png,3\n');
  const dataset = await open({ path: 'one', labels: 'labels.csv' });
  await expect(evaluate({ dataset })).rejects.toMatchObject({
    code: 'data.labels',
    place: { hint: expect.stringMatching(/counted from 1/) as string },
  });
});

it.each([
  ['classification', /labels, or a second model/],
  ['detection', /needs boxes/],
  ['restoration', /needs target pictures/],
  ['none', /labels, or a second model/],
] as const)('%s without what it needs is refused', async (task, message) => {
  await expect(evaluate({ task, dataset: await open({ labels: undefined }) })).rejects.toMatchObject({
    code: 'evaluate.metric',
    message: expect.stringMatching(message) as string,
  });
});
