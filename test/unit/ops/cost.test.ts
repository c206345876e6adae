import { describe, expect, it } from 'vitest';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Dim } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { layerCosts, modelCost } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { buildGraph, buildModel, type BuildModel, type BuildNode, type BuildValue } from '../../support/model-builder.ts';

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const weight = (...dims: number[]): Tensor => Tensor.float32(dims, new Float32Array(size(dims)));
const bytes = (...dims: number[]): Tensor => Tensor.of(DataType.int8, dims, new Int8Array(size(dims)));
const ints = (...values: number[]): Tensor => Tensor.int64([values.length], values);
const one = Tensor.float32([], [1]);
const zero = Tensor.of(DataType.int8, [], Int8Array.of(0));

const costOf = (parts: BuildModel) => {
  const model = buildModel(parts);
  return modelCost(model, inferShapes(model));
};
const layersOf = (parts: BuildModel) => {
  const model = buildModel(parts);
  return layerCosts(model, inferShapes(model));
};

/** A model of one node with output y. */
const single = (op: string, shapes: readonly (readonly Dim[])[], stored: Record<string, Tensor>, attributes: BuildNode[3] = {}, more: Partial<BuildModel> = {}, domain = ''): BuildModel => {
  const inputs: BuildValue[] = shapes.map((shape, i) => ({ name: `x${i}`, shape }));
  return {
    inputs,
    outputs: ['y'],
    nodes: [[op, [...inputs.map((input) => input.name), ...Object.keys(stored)], ['y'], attributes, { domain }]],
    initializers: stored,
    ...more,
  };
}; // prettier-ignore

describe('multiply-adds', () => {
  it.each<[string, number, BuildModel]>([
    ['Conv', 2 * 16 * 14 * 14 * 8 * 9, single('Conv', [[2, 8, 16, 16]], { w: weight(16, 8, 3, 3), b: weight(16) })],
    ['Conv with stride and groups', 16 * 8 * 8 * 2 * 9, single('Conv', [[1, 8, 16, 16]], { w: weight(16, 2, 3, 3) }, { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] })],
    ['ConvTranspose', 8 * 5 * 5 * 4 * 9, single('ConvTranspose', [[1, 8, 5, 5]], { w: weight(8, 4, 3, 3) }, { strides: [2, 2] })],
    ['Gemm', 3 * 10 * 64, single('Gemm', [[3, 64]], { w: weight(10, 64), b: weight(10) }, { transB: 1 })],
    ['Gemm with A turned', 3 * 10 * 64, single('Gemm', [[64, 3]], { w: weight(64, 10) }, { transA: 1 })],
    ['MatMul of batches', 2 * 5 * 7 * 11 * 13, single('MatMul', [[2, 1, 7, 13], [5, 13, 11]], {})],
    ['MatMul with a vector', 7 * 13, single('MatMul', [[7, 13], [13]], {})],
    ['Einsum', 2 * 3 * 5 * 7, single('Einsum', [[2, 3, 5], [2, 5, 7]], {}, { equation: 'bij,bjk->bik' })],
    ['Einsum of one operand', 0, single('Einsum', [[2, 3]], {}, { equation: 'ij->ji' })],
    ['LSTM', 6 * 2 * 4 * 8 * (5 + 8), single('LSTM', [[6, 2, 5]], { w: weight(1, 32, 5), r: weight(1, 32, 8) }, { hidden_size: 8 })],
    ['GRU both ways', 6 * 2 * 2 * 3 * 8 * (5 + 8), single('GRU', [[6, 2, 5]], { w: weight(2, 24, 5), r: weight(2, 24, 8) }, { hidden_size: 8, direction: 'bidirectional' })],
    ['Attention', 2 * 3 * 4 * 5 * (6 + 7), single('Attention', [[2, 3, 4, 6], [2, 3, 5, 6], [2, 3, 5, 7]], {}, {}, { opset: 23 })],
    ['FusedMatMul', 3 * 4 * 5, single('FusedMatMul', [[5, 3], [5, 4]], {}, { transA: 1 }, { domains: { 'com.microsoft': 1 } }, 'com.microsoft')],
    ['MultiHeadAttention', 2 * 4 * 5 * (6 + 8), single('MultiHeadAttention', [[2, 4, 6], [2, 5, 6], [2, 5, 8]], {}, { num_heads: 2 }, { domains: { 'com.microsoft': 1 } }, 'com.microsoft')],
    ['fused Attention', 2 * 4 * 6 * 24 + 2 * 4 * 4 * (8 + 8), single('Attention', [[2, 4, 6]], { w: weight(6, 24), b: weight(24) }, { num_heads: 2 }, { domains: { 'com.microsoft': 1 } }, 'com.microsoft')],
    ['Add', 0, single('Add', [[2, 3], [2, 3]], {})],
  ])('%s', (_name, expected, parts) => expect(costOf(parts).macs).toBe(expected)); // prettier-ignore

  it('count one picture where the batch is free, and are unknown while another dimension is', () => {
    const conv = (shape: readonly Dim[]) => costOf(single('Conv', [shape], { w: weight(4, 3, 3, 3) }));
    expect(conv(['N', 3, 10, 10]).macs).toBe(4 * 64 * 27);
    expect(conv([null, 3, 10, 10]).macs).toBe(4 * 64 * 27);
    expect(conv([2, 3, 10, 10]).macs).toBe(2 * 4 * 64 * 27);
    expect(conv(['N', 3, 'H', 10])).toMatchObject({ macs: null, peakActivationBytes: null, parameters: 108 });
  });

  it('of a branch are those of the dearer one, of a loop times its rounds, of a function its body', () => {
    const product = (name: string) => buildGraph({ outputs: [name], nodes: [['MatMul', ['x', `w${name}`], [name]]] });
    const branches = costOf({
      inputs: [{ name: 'x', shape: [2, 3] }, { name: 'c', type: 'bool', shape: [] }],
      outputs: ['y'],
      nodes: [['If', ['c'], ['y'], { then_branch: product('a'), else_branch: product('b') }]],
      initializers: { wa: weight(3, 5), wb: weight(3, 7) },
    }); // prettier-ignore
    expect(branches).toMatchObject({ macs: 2 * 3 * 7, parameters: 15 + 21 });
    const body = buildGraph({
      inputs: [{ name: 'i', type: 'int64', shape: [] }, { name: 'go', type: 'bool', shape: [] }, { name: 's' }],
      outputs: ['again', 'next'],
      nodes: [['Identity', ['go'], ['again']], ['MatMul', ['s', 'w'], ['next']]],
    }); // prettier-ignore
    const loop = (trips: boolean) =>
      costOf({
        inputs: [{ name: 'x', shape: [2, 3] }, ...(trips ? [] : [{ name: 'n', type: 'int64', shape: [] } as const])],
        outputs: ['y'],
        nodes: [['Loop', ['n', '', 'x'], ['y'], { body }]],
        initializers: { w: weight(3, 3), ...(trips && { n: Tensor.int64([], [4]) }) },
      }).macs;
    expect(loop(true)).toBe(4 * 2 * 3 * 3);
    expect(loop(false)).toBeNull();
  });
});

describe('parameters', () => {
  it('are weights, biases and batch-norm statistics; no shapes, bounds, scales or lone numbers', () => {
    const cost = costOf({
      inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w', 'b'], ['a']],
        ['BatchNormalization', ['a', 's', 't', 'm', 'v'], ['n']],
        ['Clip', ['n', 'low', 'high'], ['c']],
        ['Mul', ['c', 'half'], ['h']],
        ['Add', ['h', 'offset'], ['o']],
        ['Resize', ['o', '', 'scales'], ['r']],
        ['Flatten', ['r'], ['f']],
        ['Reshape', ['f', 'shape'], ['y']],
      ],
      initializers: {
        w: weight(4, 3, 3, 3), b: weight(4), s: weight(4), t: weight(4), m: weight(4), v: weight(4), low: Tensor.float32([], [0]),
        high: Tensor.float32([], [6]), half: Tensor.float32([], [0.5]), offset: weight(4, 1, 1), scales: Tensor.float32([4], [1, 1, 2, 2]),
        shape: ints(-1, 4), unused: weight(1000),
      },
    }); // prettier-ignore
    const elements = 108 + 4 + 16 + 4;
    expect(cost).toMatchObject({ parameters: elements, weightBytes: 4 * elements });
  });

  it('of a shared weight stand in both rows and once in the sum', () => {
    const parts: BuildModel = {
      inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w'], ['a']],
        ['Conv', ['a', 'w'], ['y']],
      ],
      initializers: { w: weight(4, 4, 1, 1) },
    };
    expect(layersOf(parts).map((row) => row.parameters)).toEqual([16, 16]);
    expect(costOf(parts).parameters).toBe(16);
  });

  it('behind DequantizeLinear, Reshape and Transpose belong to the layer that uses them', () => {
    const parts: BuildModel = {
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: ['y'],
      nodes: [
        ['DequantizeLinear', ['q', 'scale', 'zero'], ['w']],
        ['DequantizeLinear', ['bq', 'scale'], ['b']],
        ['Conv', ['x', 'w', 'b'], ['c']],
        ['GlobalAveragePool', ['c'], ['g']],
        ['Flatten', ['g'], ['f']],
        ['Reshape', ['flat', 'shape'], ['m']],
        ['Transpose', ['m'], ['t']],
        ['MatMul', ['f', 't'], ['y']],
      ],
      initializers: {
        q: bytes(4, 3, 3, 3),
        bq: Tensor.of(DataType.int32, [4], new Int32Array(4)),
        scale: weight(4),
        zero: bytes(4),
        flat: weight(40),
        shape: ints(10, 4),
      },
    };
    expect(layersOf(parts).map((row) => [row.op, row.parameters, row.weightBytes])).toEqual([
      ['DequantizeLinear', 0, 0], ['DequantizeLinear', 0, 0], ['Conv', 112, 108 + 16], ['GlobalAveragePool', 0, 0],
      ['Flatten', 0, 0], ['Reshape', 0, 0], ['Transpose', 0, 0], ['MatMul', 40, 160],
    ]); // prettier-ignore
  });

  it('count in quantized operators, packed or made by ConstantOfShape', () => {
    const qlinear = single('QLinearConv', [], { x: bytes(1, 3, 8, 8), xs: one, xz: zero, w: bytes(4, 3, 3, 3), ws: weight(4), wz: bytes(4), ys: one, yz: zero });
    expect(costOf(qlinear)).toMatchObject({ parameters: 108, weightBytes: 108, macs: 4 * 36 * 27 });
    const packed = Tensor.of(DataType.uint8, [6, 2, 16], new Uint8Array(192));
    const nbits = single('MatMulNBits', [[3, 64]], { w: packed, s: weight(12) }, { K: 64, N: 6, bits: 4, block_size: 32 }, { domains: { 'com.microsoft': 1 } }, 'com.microsoft');
    expect(costOf(nbits)).toMatchObject({ parameters: 384, weightBytes: 192, macs: 3 * 6 * 64 });
    const filled: BuildModel = {
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: ['y'],
      nodes: [
        ['ConstantOfShape', ['shape'], ['w']],
        ['ConstantOfShape', ['other'], ['notWeights']],
        ['Conv', ['x', 'w'], ['c']],
        ['Add', ['c', 'notWeights'], ['y']],
      ],
      initializers: { shape: ints(4, 3, 3, 3), other: ints(4, 6, 6) },
    };
    expect(costOf(filled)).toMatchObject({ parameters: 108, weightBytes: 432 });
  }); // prettier-ignore

  it('of four bits take half a byte', () => {
    const int4 = new Tensor(DataType.int4, [5, 3], { kind: 'bytes', bytes: new Uint8Array(8) });
    const cost = costOf({
      opset: 21,
      inputs: [{ name: 'x', shape: [2, 5] }],
      outputs: ['y'],
      nodes: [
        ['DequantizeLinear', ['q', 's'], ['w']],
        ['MatMul', ['x', 'w'], ['y']],
      ],
      initializers: { q: int4, s: one },
    });
    expect(cost).toMatchObject({ parameters: 15, weightBytes: 8 });
  });
});

describe('peak activation memory', () => {
  const peak = (shape: readonly Dim[], nodes: readonly BuildNode[], more: Partial<BuildModel> = {}) =>
    costOf({ inputs: [{ name: 'x', shape }], outputs: ['y'], nodes, ...more }).peakActivationBytes;

  it('is the largest pair in a chain', () => {
    const nodes: BuildNode[] = [
      ['Concat', ['x', 'x'], ['a'], { axis: 0 }],
      ['Relu', ['a'], ['b']],
      ['Slice', ['b', 'zero', 'one'], ['y']],
    ];
    expect(peak([10], nodes, { initializers: { zero: ints(0), one: ints(1) } })).toBe(4 * (20 + 20));
  });

  it('keeps alive what a shortcut and the graph outputs still need', () => {
    const shortcut: BuildNode[] = [
      ['Relu', ['x'], ['a']],
      ['Relu', ['a'], ['b']],
      ['Add', ['b', 'x'], ['y']],
    ];
    expect(peak([10], shortcut)).toBe(4 * 30);
    const outputs: BuildNode[] = [
      ['Relu', ['x'], ['a']],
      ['Relu', ['x'], ['b']],
      ['Relu', ['x'], ['y']],
    ];
    expect(peak([10], outputs)).toBe(4 * 20);
    expect(peak([10], outputs, { outputs: ['a', 'b', 'y'] })).toBe(4 * 40);
  });

  it('counts a view once and nothing that follows from constants', () => {
    const nodes: BuildNode[] = [
      ['Relu', ['x'], ['a']],
      ['Flatten', ['a'], ['f']],
      ['Relu', ['k'], ['w']],
      ['MatMul', ['f', 'w'], ['y']],
    ];
    expect(peak([1, 4, 5], nodes, { initializers: { k: weight(20, 100) } })).toBe(4 * (20 + 100));
    expect(peak([1, 100], [['Identity', ['x'], ['i']], ['Flatten', ['i'], ['y']]])).toBe(400); // prettier-ignore
  });

  it('counts a quantized model in its integers', () => {
    const nodes: BuildNode[] = [
      ['QuantizeLinear', ['x', 's', 'z'], ['xq']],
      ['DequantizeLinear', ['xq', 's', 'z'], ['xd']],
      ['Conv', ['xd', 'w'], ['c']],
      ['Relu', ['c'], ['r']],
      ['QuantizeLinear', ['r', 's', 'z'], ['rq']],
      ['DequantizeLinear', ['rq', 's', 'z'], ['rd']],
      ['Conv', ['rd', 'v'], ['d']],
      ['QuantizeLinear', ['d', 's', 'z'], ['y']],
    ];
    const initializers = { s: one, z: zero, w: weight(16, 1, 1, 1), v: weight(16, 16, 1, 1) };
    expect(peak([1, 1, 10, 10], nodes, { initializers })).toBe(2 * 1600);
  });

  it('includes the dearest branch while it runs', () => {
    const branch = (to: number[]) =>
      buildGraph({ outputs: ['out'], nodes: [['Expand', ['x', 'to'], ['wide']], ['ReduceSum', ['wide'], ['out']]], initializers: { to: ints(...to) } }); // prettier-ignore
    const nodes: BuildNode[] = [['If', ['c'], ['y'], { then_branch: branch([7, 10]), else_branch: branch([3, 10]) }]];
    const inputs = [{ name: 'x', shape: [1, 10] }, { name: 'c', type: 'bool', shape: [] }] as const; // prettier-ignore
    expect(peak([], nodes, { inputs })).toBe(4 * 10 + 1 + 4 + 4 * 70);
  });
});

it('gives a row for every node, in order, with free dimensions by name', () => {
  const rows = layersOf({
    inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w'], ['c'], {}, { name: 'first' }],
      ['Relu', ['c'], ['y'], {}, { name: '' }],
    ],
    initializers: { w: weight(4, 3, 3, 3) },
  });
  expect(rows.map(({ label, op, outputShape, parameters, macs }) => ({ label, op, outputShape, parameters, macs }))).toEqual([
    { label: 'first', op: 'Conv', outputShape: ['N', 4, 6, 6], parameters: 108, macs: 108 * 36 },
    { label: 'y', op: 'Relu', outputShape: ['N', 4, 6, 6], parameters: 0, macs: 0 },
  ]);
});
