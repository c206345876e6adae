import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { checkGradients } from '../../../src/engine/train/check-gradients.ts';
import { replaceHead } from '../../../src/engine/train/head/replace-head.ts';
import { parametersOf } from '../../../src/engine/train/parameters.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { residualNetwork } from '../../support/trained-networks.ts';

const ramp = (...dims: number[]): Tensor =>
  Tensor.float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
  );

/** A convolution, then an end that makes 4 classes of 6 channels. */
function ending(nodes: readonly BuildNode[], initializers: Record<string, Tensor>, outputShape: (number | string)[] = ['N', 4]): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
    outputs: [{ name: 'y', shape: outputShape }],
    nodes: [['Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }, { name: 'stem' }], ...nodes],
    initializers: { w: ramp(6, 3, 3, 3), ...initializers },
    opset: 21,
    irVersion: 10,
  });
}

const pooled: BuildNode[] = [
  ['GlobalAveragePool', ['c'], ['p'], {}, {}],
  ['Flatten', ['p'], ['f'], {}, {}],
];

const ends: Record<string, () => Model> = {
  'Gemm, transposed': () =>
    ending([...pooled, ['Gemm', ['f', 'h', 'b'], ['y'], { transB: 1 }, { name: 'head' }]], { h: ramp(4, 6), b: ramp(4) }),
  'Gemm without bias, and a Softmax': () =>
    ending([...pooled, ['Gemm', ['f', 'h'], ['g'], {}, { name: 'head' }], ['Softmax', ['g'], ['y'], { axis: 1 }, {}]], { h: ramp(6, 4) }),
  'MatMul and Add': () =>
    ending([...pooled, ['MatMul', ['f', 'h'], ['g'], {}, { name: 'head' }], ['Add', ['b', 'g'], ['y'], {}, {}]], {
      h: ramp(6, 4),
      b: ramp(4),
    }),
  '1×1 Conv, then pooling and a shape that names the classes': () =>
    ending(
      [
        ['Conv', ['c', 'h', 'b'], ['g'], { kernel_shape: [1, 1] }, { name: 'head' }],
        ['Relu', ['g'], ['r'], {}, {}],
        ['GlobalAveragePool', ['r'], ['p'], {}, {}],
        ['Reshape', ['p', 's'], ['y'], {}, {}],
      ],
      { h: ramp(4, 6, 1, 1), b: ramp(4), s: Tensor.int64([2], [-1, 4]) },
    ),
};

describe('a new head', () => {
  for (const [name, build] of Object.entries(ends)) {
    it(`for seven classes: ${name}`, async () => {
      const model = build();
      expect(replaceHead(model, 7, 3)).toEqual({ layer: 'head', from: 4, to: 7 });
      const runtime = await createOrtRuntime();
      const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
      const data = Float32Array.from({ length: 2 * 192 }, (_, i) => Math.cos(i));
      const { y } = await session.run({ x: { type: DataType.float32, dims: [2, 3, 8, 8], data } });
      await session.dispose();
      expect(y!.dims).toEqual([2, 7]);
      expect(model.graph.outputs[0]!.type).toMatchObject({ shape: ['N', 7] });
      expect(model.graph.initializers.get('w')!.toFloat32()).toEqual(ramp(6, 3, 3, 3).toFloat32());
      const weight = model.graph.initializers.get('h')!.toFloat32();
      expect(weight.every((value) => Math.abs(value) <= 1 / Math.sqrt(6))).toBe(true);
      expect(new Set(weight).size).toBe(42);
      expect(
        model.graph.initializers
          .get('b')
          ?.toFloat32()
          .every((value) => value === 0),
      ).not.toBe(false);
    });
  }

  it('is the same for equal seeds, and another for others', () => {
    const [a, b, c] = [ends['MatMul and Add']!(), ends['MatMul and Add']!(), ends['MatMul and Add']!()];
    [a, b, c].forEach((model, i) => replaceHead(model!, 9, Math.floor(i / 2)));
    expect(Buffer.from(encodeModel(a!)).equals(encodeModel(b!))).toBe(true);
    expect(Buffer.from(encodeModel(a!)).equals(encodeModel(c!))).toBe(false);
  });

  it('leaves a model alone that has so many classes', () => {
    const model = ends['Gemm, transposed']!();
    const before = Buffer.from(encodeModel(model));
    expect(replaceHead(model, 4, 0)).toBeUndefined();
    expect(before.equals(encodeModel(model))).toBe(true);
  });

  it('leaves shared weights to those that share them', () => {
    const nodes: BuildNode[] = [
      ...pooled,
      ['Gemm', ['f', 'h', 'b'], ['g'], { transB: 1 }, { name: 'head' }],
      ['Add', ['g', 'b'], ['y'], {}, {}],
    ];
    const model = ending(nodes, { h: ramp(6, 6), b: ramp(6) }, ['N', 6]);
    replaceHead(model, 8, 0);
    expect(model.graph.initializers.get('h')!.dims).toEqual([8, 6]);
    expect(model.graph.outputs[0]!.type).toMatchObject({ shape: ['N', 8] });
  });

  it('says where a model has no such layer', () => {
    const model = ending([['Conv', ['c', 'h'], ['y'], { kernel_shape: [3, 3] }, { name: 'last' }]], { h: ramp(4, 6, 3, 3) }, [
      'N',
      4,
      4,
      4,
    ]);
    expect(() => replaceHead(model, 7, 0)).toThrow(
      expect.objectContaining({ code: 'training.head', place: expect.objectContaining({ node: 'last' }) }),
    );
  });
});

describe('gradients that nobody knows', () => {
  const blocked = (): Model =>
    ending(
      [
        ['Det', ['c'], ['d'], {}, { name: 'odd' }],
        ['MatMul', ['d', 'h'], ['y'], {}, { name: 'last' }],
      ],
      { h: ramp(6, 4) },
    );

  it('are named with what to freeze', () => {
    const model = blocked();
    expect(() => checkGradients(model, parametersOf(model))).toThrow(
      expect.objectContaining({
        code: 'training.no-gradient',
        message: 'the gradient of Det is not known',
        place: expect.objectContaining({ node: 'odd', hint: 'Freeze the layers before it: freeze: ["stem"].' }),
      }),
    );
  });

  it('do no harm behind frozen layers', () => {
    const model = blocked();
    checkGradients(
      model,
      parametersOf(model, (layer) => layer !== 'stem'),
    );
    checkGradients(residualNetwork(1, [8]), parametersOf(residualNetwork(1, [8])));
  });
});
