import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import { scanModel } from '../../../../src/engine/onnx/scan.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { modelCost } from '../../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../../src/engine/ops/infer.ts';
import { modelFacts } from '../../../../src/engine/recipe/facts/model.ts';
import { layerNames } from '../../../../src/engine/recipe/layers.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { itWithZoo } from '../../../support/zoo.ts';

const sample = path.join(import.meta.dirname, '../../../../samples/shapes/model.onnx');
const floats = (...dims: number[]): Tensor =>
  new Tensor(DataType.float32, dims, { kind: 'bytes', bytes: new Uint8Array(4 * dims.reduce((a, b) => a * b, 1)) });

describe('facts of a model', () => {
  test('name its layers with what they are, cost and weigh', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w', 'b'], ['a'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { name: 'conv' }],
        ['Conv', ['a', 'd'], ['c'], { kernel_shape: [3, 3], group: 4, pads: [1, 1, 1, 1] }],
        ['Einsum', ['c', 'c'], ['y'], { equation: 'nchw,nchw->n' }, { name: '' }],
      ],
      initializers: { w: floats(4, 3, 3, 3), b: floats(4), d: floats(4, 1, 3, 3) },
    });
    const { layers, ...facts } = modelFacts(model, { file: '/m.onnx', bytes: 7 });
    expect(layers).toMatchObject([
      { name: 'conv', op: 'Conv', detail: '3×3, stride 2', shape: ['N', 4, 4, 4], parameters: 112, macs: 1728, weights: { elements: 108, bytes: 432, tensor: 0 } },
      { name: 'Conv_1', detail: '3×3, depthwise', parameters: 36, macs: 576, weights: { tensor: 1 } },
      { name: 'y', op: 'Einsum', refusals: { zcu104: expect.stringContaining('Einsum') as string } },
    ]); // prettier-ignore
    expect(layers[0]).not.toHaveProperty('refusals');
    expect(layers[2]).not.toHaveProperty('weights');
    expect(facts).toMatchObject({
      file: '/m.onnx',
      bytes: 7,
      opset: 17,
      inputs: [{ name: 'x', type: DataType.float32, shape: ['N', 3, 8, 8] }],
      outputs: [{ name: 'y', shape: ['N'] }],
      parameters: 148,
    });
    expect(facts).not.toHaveProperty('pruning');
  });

  test('a weight that two layers share is one', () => {
    const nodes = [
      ['MatMul', ['x', 'w'], ['a']],
      ['MatMul', ['a', 'w'], ['y']],
    ] as const;
    const model = buildModel({ inputs: [{ name: 'x', shape: [1, 4] }], outputs: ['y'], nodes, initializers: { w: floats(4, 4) } });
    const { layers, parameters } = modelFacts(model, { file: '', bytes: 0 });
    expect(layers.map(({ weights }) => weights?.tensor)).toEqual([0, 0]);
    expect(parameters).toBe(16);
  });

  test('channel groups are told when asked for, with the fewest channels that the step leaves', async () => {
    const { pruning } = modelFacts(await scanModel(sample), { file: sample, bytes: 0 }, { pruning: true });
    expect(pruning?.groups.length).toBeGreaterThan(0);
    for (const { channels, minimum, places } of pruning?.groups ?? []) {
      expect(minimum).toBeGreaterThanOrEqual(1);
      expect(minimum).toBeLessThanOrEqual(channels);
      expect(places).toEqual([1]);
    }
  });
});

/** What must hold of the facts of any model. */
async function checkFacts(file: string): Promise<void> {
  const model = await scanModel(file);
  const facts = modelFacts(model, { file, bytes: 1 });
  const { parameters, weightBytes, macs } = modelCost(model, inferShapes(model));
  expect(facts, file).toMatchObject({ parameters, weightBytes, macs });
  expect([...new Set(facts.layers.map(({ name }) => name))], file).toEqual(layerNames(model));
  expect(structuredClone(facts), file).toEqual(facts);
}

test('they agree with `inspect`, and cross threads as they are', () => checkFacts(sample));

itWithZoo('so do those of real models', async (zoo) => {
  const models = path.join(zoo, 'models');
  const files = readdirSync(models, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.onnx'));
  for (const name of files) await checkFacts(path.join(models, name));
});
