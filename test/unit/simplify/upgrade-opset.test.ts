import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { floatAttribute, type Model, type StoredAttribute } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { newestOpset, upgradeOpset } from '../../../src/engine/simplify/upgrade-opset.ts';
import { buildGraph, buildModel, type BuildModel, type BuildNode } from '../../support/model-builder.ts';
import { expectSameOutputs, randomInputs } from '../../support/same-outputs.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

/** One node over `x` in an old opset; the outputs of the old and the converted model must be equal. */
async function expectSame(parts: BuildModel, target: number): Promise<{ model: Model; notes: string[] }> {
  const model = buildModel(parts);
  const before = encodeModel(model);
  const notes = upgradeOpset(model, target);
  expect(model.opset).toBe(Math.max(target, parts.opset!));
  await expectSameOutputs(runtime, before, encodeModel(model), await randomInputs(runtime, before, 1), { tolerance: 0 });
  return { model, notes };
}

const single = (opset: number, shape: readonly (number | string)[], node: BuildNode, more: Partial<BuildModel> = {}): BuildModel => ({
  opset,
  inputs: [{ name: 'x', shape }],
  outputs: [...node[2]],
  nodes: [node],
  ...more,
});

const cases: readonly [what: string, BuildModel][] = [
  ['Squeeze', single(11, [2, 1, 3, 1], ['Squeeze', ['x'], ['y'], { axes: [1, 3] }])],
  ['Squeeze of all', single(11, [2, 1, 3, 1], ['Squeeze', ['x'], ['y']])],
  ['Unsqueeze', single(9, [2, 3], ['Unsqueeze', ['x'], ['y'], { axes: [0, 2] }])],
  ['ReduceSum', single(11, [2, 3, 4], ['ReduceSum', ['x'], ['y'], { axes: [1], keepdims: 0 }])],
  ['ReduceMean', single(11, [2, 3, 4], ['ReduceMean', ['x'], ['y'], { axes: [-1] }])],
  ['ReduceL2', single(13, [2, 3, 4], ['ReduceL2', ['x'], ['y'], { axes: [1, 2] }])],
  ['ReduceMax of all', single(13, [2, 3, 4], ['ReduceMax', ['x'], ['y'], { keepdims: 0 }])],
  ['Slice', single(9, [4, 5, 6], ['Slice', ['x'], ['y'], { starts: [1, -4], ends: [3, 1000], axes: [0, 2] }])],
  ['Slice without axes', single(7, [4, 5], ['Slice', ['x'], ['y'], { starts: [1, 0], ends: [3, 2] }])],
  ['TopK', single(9, [3, 8], ['TopK', ['x'], ['y', 'i'], { k: 3 }])],
  ['Clip', single(10, [3, 8], ['Clip', ['x'], ['y'], { min: floatAttribute(-0.5), max: floatAttribute(0.25) }])],
  ['Clip, one bound', single(7, [3, 8], ['Clip', ['x'], ['y'], { min: floatAttribute(0) }])],
  ['Pad', single(10, [1, 2, 3, 4], ['Pad', ['x'], ['y'], { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: floatAttribute(1.5) }])],
  ['Pad by reflection', single(7, [1, 2, 3, 4], ['Pad', ['x'], ['y'], { mode: 'reflect', pads: [0, 0, 1, 2, 0, 0, 1, 1] }])],
  ['Dropout', single(7, [3, 8], ['Dropout', ['x'], ['y'], { ratio: floatAttribute(0.3) }])],
  ['Split', single(11, [6, 2], ['Split', ['x'], ['a', 'b'], { split: [2, 4], axis: 0 }])],
  ['Split in equal parts', single(7, [6, 2], ['Split', ['x'], ['a', 'b', 'c'], { axis: 0 }])],
  ['Softmax over three axes', single(11, [2, 3, 4, 5], ['Softmax', ['x'], ['y']])],
  ['Softmax of a classifier', single(7, [2, 10], ['Softmax', ['x'], ['y']])],
  ['Softmax over C×1×1', single(11, [2, 10, 1, 1], ['Softmax', ['x'], ['y'], { axis: 1 }])],
  ['Softmax, free sizes', single(11, ['N', 'C', 'H'], ['Softmax', ['x'], ['y'], { axis: -2 }])],
  ['LogSoftmax', single(11, [2, 3, 4], ['LogSoftmax', ['x'], ['y'], { axis: 0 }])],
  ['Hardmax', single(11, [2, 3, 4], ['Hardmax', ['x'], ['y'], { axis: 1 }])],
  ['Upsample, nearest', single(7, [1, 2, 3, 4], ['Upsample', ['x'], ['y'], { mode: 'nearest', scales: { kind: 'floats', value: [1, 1, 2, 3] } }])],
  ['Upsample, linear', single(7, [1, 2, 3, 4], ['Upsample', ['x'], ['y'], { mode: 'linear', scales: { kind: 'floats', value: [1, 1, 2, 2] } }])],
  ['Resize, enlarging', single(10, [1, 2, 3, 4], ['Resize', ['x', 's'], ['y'], { mode: 'nearest' }], { initializers: { s: Tensor.float32([4], [1, 1, 1.5, 2]) } })],
  ['Resize, shrinking', single(10, [1, 2, 9, 8], ['Resize', ['x', 's'], ['y'], { mode: 'nearest' }], { initializers: { s: Tensor.float32([4], [1, 1, 0.4, 0.5]) } })],
  ['Resize, linear', single(10, [1, 2, 9, 8], ['Resize', ['x', 's'], ['y'], { mode: 'linear' }], { initializers: { s: Tensor.float32([4], [1, 1, 0.4, 2.5]) } })],
  ['Scatter', single(9, [3, 3], ['Scatter', ['x', 'i', 'u'], ['y'], { axis: 1 }], { initializers: { i: Tensor.int64([1, 2], [2, 0]), u: Tensor.float32([1, 2], [7, 8]) } })],
  ['RoiAlign', single(10, [1, 2, 8, 8], ['RoiAlign', ['x', 'r', 'b'], ['y'], { output_height: 3, output_width: 3 }], { initializers: { r: Tensor.float32([1, 4], [0, 1, 6, 7]), b: Tensor.int64([1], [0]) } })],
  ['GridSample', single(16, [1, 2, 4, 4], ['GridSample', ['x', 'g'], ['y'], { mode: 'bicubic' }], { initializers: { g: Tensor.float32([1, 2, 2, 2], [-0.9, -0.2, 0.3, 0.1, 0.5, -0.6, 0.8, 0.9]) } })],
]; // prettier-ignore

describe('upgradeOpset', () => {
  for (const [what, parts] of cases) {
    it(`${what}: the same outputs in every newer opset`, async () => {
      // ONNX Runtime 1.30 has no kernel for the RoiAlign of opset 22.
      const newest = parts.nodes[0]![0] === 'RoiAlign' ? 21 : newestOpset;
      for (const target of [13, 17, 18, 20, 21, newest]) if (target > parts.opset!) await expectSame(parts, target);
    });
  }

  it('converts sub-graphs, and says what it did', async () => {
    const branch = (axes: number[]) => buildGraph({ outputs: ['y'], nodes: [['ReduceSum', ['x'], ['y'], { axes, keepdims: 0 }]] });
    const { notes } = await expectSame(
      {
        opset: 11,
        inputs: [{ name: 'x', shape: [2, 2] }],
        outputs: ['z'],
        nodes: [
          ['ReduceMax', ['x'], ['m'], { keepdims: 0 }],
          ['Less', ['m', 'limit'], ['c']],
          ['If', ['c'], ['z'], { then_branch: branch([0]), else_branch: branch([1]) }],
        ],
        initializers: { limit: Tensor.float32([], [0]) },
      },
      13,
    );
    expect(notes).toEqual(['converted from opset 11 to 13', 'ReduceSum: axes became an input (2 nodes)']);
  });

  it('converts the bodies of functions, and refuses what depends on their caller', async () => {
    const withFunction = (attribute: StoredAttribute): Model => {
      const model = buildModel({
        opset: 11,
        domains: { own: 1 },
        inputs: [{ name: 'x', shape: [2, 3] }],
        outputs: ['y'],
        nodes: [['Sum2', ['x'], ['y'], { which: [1] }, { domain: 'own' }]],
      });
      const body = buildGraph({ inputs: [{ name: 'a' }], outputs: ['b'], nodes: [['ReduceSum', ['a'], ['b'], { keepdims: 0 }]] });
      body.nodes[0]!.attributes.set('axes', attribute);
      model.functions.push({
        name: 'Sum2', domain: 'own', overload: '', body, attributeNames: ['which'], attributeDefaults: new Map(), opsets: new Map([['', 11]]), rest: [],
      }); // prettier-ignore
      return model;
    };
    const model = withFunction({ kind: 'ints', value: [1] });
    const before = encodeModel(model);
    upgradeOpset(model, 13);
    expect(model.functions[0]!.opsets.get('')).toBe(13);
    await expectSameOutputs(runtime, before, encodeModel(model), await randomInputs(runtime, before, 1), { tolerance: 0 });
    expect(() => upgradeOpset(withFunction({ kind: 'reference', to: 'which', type: 7 }), 13)).toThrow(/caller/);
  });

  it('knows every file of its folder', () => {
    const folder = path.resolve(import.meta.dirname, '../../../src/engine/simplify');
    const source = readFileSync(path.join(folder, 'upgrade-opset.ts'), 'utf8');
    for (const file of readdirSync(path.join(folder, 'upgrade'))) expect(source).toContain(`./upgrade/${file}`);
  });

  it('detaches weights that IR 3 lists as inputs', async () => {
    const parts = single(8, [1, 4], ['MatMul', ['x', 'w'], ['y']], {
      irVersion: 3,
      initializers: { w: Tensor.float32([4, 1], [1, 2, 3, 4]) },
    });
    const { model, notes } = await expectSame({ ...parts, inputs: [...parts.inputs!, { name: 'w', shape: [4, 1] }] }, 13);
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(notes[1]).toMatch(/1 weights/);
  });

  it('never goes down, and refuses what it cannot say', () => {
    expect(upgradeOpset(buildModel(single(17, [1], ['Relu', ['x'], ['y']])), 13)).toEqual([]);
    expect(() => upgradeOpset(buildModel(single(6, [1], ['Relu', ['x'], ['y']])), 13)).toThrow(/opset 6/);
    expect(() => upgradeOpset(buildModel(single(17, [1], ['Relu', ['x'], ['y']])), 99)).toThrow(/99/);
  });
});
