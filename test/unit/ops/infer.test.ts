import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Node, attributes, type Model, type ModelFunction } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { buildGraph, buildModel, type BuildModel, type BuildNode } from '../../support/model-builder.ts';

const ints = (...values: number[]): Tensor => Tensor.int64([values.length], values);
const index = (value: number): Tensor => Tensor.int64([], [value]);
const weight = (...dims: number[]): Tensor => Tensor.float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

/** Processor time, which other programs on the machine do not change. */
function processorMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}

function caught(work: () => unknown): LatheError {
  try {
    work();
  } catch (error) {
    if (error instanceof LatheError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('named dimensions', () => {
  const model = buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 'H', 32] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w'], ['a'], { pads: [1, 1, 1, 1] }],
      ['Relu', ['a'], ['b']],
      ['MaxPool', ['b'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['GlobalAveragePool', ['p'], ['c']],
      ['Shape', ['c'], ['s']],
      ['Gather', ['s', 'zero'], ['n']],
      ['Unsqueeze', ['n', 'axes'], ['n1']],
      ['Concat', ['n1', 'rest'], ['t'], { axis: 0 }],
      ['Reshape', ['c', 't'], ['y']],
    ],
    initializers: { w: weight(8, 3, 3, 3), zero: index(0), axes: ints(0), rest: ints(-1) },
  });

  it('pass through what keeps them and become unknown where they change', () => {
    const shapes = inferShapes(model);
    expect(shapes.of('a')?.shape).toEqual(['N', 8, 'H', 32]);
    expect(shapes.of('p')?.shape).toEqual(['N', 8, null, 16]);
    expect(shapes.of('t')?.elements).toEqual(['N', -1]);
    expect(shapes.of('y')?.shape).toEqual(['N', 8]);
  });

  it('are fixed by a binding, everywhere', () => {
    const shapes = inferShapes(model, { bind: { x: [2, 3, 16, 32] } });
    expect(shapes.of('p')?.shape).toEqual([2, 8, 8, 16]);
    expect(shapes.of('y')?.shape).toEqual([2, 8]);
    const two = buildModel({
      inputs: [
        { name: 'a', shape: ['N', 2] },
        { name: 'b', shape: ['N', 2] },
      ],
      outputs: ['y'],
      nodes: [['Relu', ['b'], ['y']]],
    });
    expect(inferShapes(two, { bind: { a: [7, 2] } }).of('y')?.shape).toEqual([7, 2]);
    expect(inferShapes(two, { bind: { a: [7, 2], b: [8, 2] } }).of('y')?.shape).toEqual([8, 2]);
  });

  it('cancel when a Reshape takes what is left', () => {
    const flat = (target: readonly number[], shape: readonly (string | number)[]) =>
      inferShapes(
        buildModel({
          inputs: [{ name: 'x', shape }],
          outputs: ['y'],
          nodes: [['Reshape', ['x', 't'], ['y']]],
          initializers: { t: ints(...target) },
        }),
      ).of('y')?.shape;
    expect(flat([0, -1], ['N', 3, 4])).toEqual(['N', 12]);
    expect(flat([-1, 12], ['N', 3, 4])).toEqual(['N', 12]);
    expect(flat([-1, 6], ['N', 3, 4])).toEqual([null, 6]);
    expect(flat([0, -1], ['N', 3, 'H'])).toEqual(['N', null]);
  });
});

describe('shape arithmetic as exporters write it', () => {
  const shapeOf = (parts: Omit<BuildModel, 'outputs'>, value = 'y') =>
    inferShapes(buildModel({ ...parts, outputs: [value] })).of(value)?.shape;

  it('follows pads that PyTorch reverses through Reshape, Slice and Transpose', () => {
    const nodes: BuildNode[] = [
      ['ConstantOfShape', ['four'], ['zeros'], { value: ints(0) }],
      ['Concat', ['pads', 'zeros'], ['all'], { axis: 0 }],
      ['Reshape', ['all', 'pairs'], ['m']],
      ['Slice', ['m', 'minusOne', 'lowest', 'firstAxis', 'minusOne'], ['r']],
      ['Transpose', ['r'], ['t'], { perm: [1, 0] }],
      ['Reshape', ['t', 'flat'], ['f']],
      ['Cast', ['f'], ['p'], { to: 7 }],
      ['Pad', ['x', 'p'], ['y']],
    ];
    const initializers = {
      four: ints(4), pads: ints(1, 2, 3, 4), pairs: ints(-1, 2), minusOne: ints(-1),
      lowest: Tensor.int64([1], [-9223372036854775807n]), firstAxis: ints(0), flat: ints(-1),
    }; // prettier-ignore
    expect(shapeOf({ inputs: [{ name: 'x', shape: ['N', 3, 10, 20] }], nodes, initializers })).toEqual(['N', 3, 17, 23]);
  });

  it('follows the doubled size of a Resize', () => {
    const nodes: BuildNode[] = [
      ['Shape', ['x'], ['s']],
      ['Slice', ['s', 'two', 'four'], ['hw']],
      ['Cast', ['hw'], ['f'], { to: 1 }],
      ['Mul', ['f', 'factor'], ['g']],
      ['Floor', ['g'], ['h']],
      ['Cast', ['h'], ['i'], { to: 7 }],
      ['Slice', ['s', 'zero', 'two'], ['nc']],
      ['Concat', ['nc', 'i'], ['sizes'], { axis: 0 }],
      ['Resize', ['x', '', '', 'sizes'], ['y']],
    ];
    const initializers = { zero: ints(0), two: ints(2), four: ints(4), factor: Tensor.float32([], [2.5]) };
    expect(shapeOf({ inputs: [{ name: 'x', shape: ['N', 3, 5, 6] }], nodes, initializers })).toEqual(['N', 3, 12, 15]);
  });

  it('follows the Where that stands before an Expand', () => {
    const nodes: BuildNode[] = [
      ['Shape', ['x'], ['s']],
      ['Gather', ['s', 'zero'], ['n']],
      ['Unsqueeze', ['n', 'axis'], ['n1']],
      ['Concat', ['n1', 'free', 'five'], ['wanted'], { axis: 0 }],
      ['ConstantOfShape', ['three'], ['ones'], { value: ints(1) }],
      ['Equal', ['wanted', 'minusOnes'], ['open']],
      ['Where', ['open', 'ones', 'wanted'], ['to']],
      ['Expand', ['token', 'to'], ['y']],
    ];
    const initializers = {
      zero: index(0),
      axis: ints(0),
      free: ints(-1),
      five: ints(5),
      three: ints(3),
      minusOnes: ints(-1, -1, -1),
      token: weight(1, 4, 5),
    };
    expect(shapeOf({ inputs: [{ name: 'x', shape: ['N', 3] }], nodes, initializers })).toEqual(['N', 4, 5]);
  });

  it('knows that a part of a shape is unknown and uses the rest', () => {
    const nodes: BuildNode[] = [
      ['Shape', ['x'], ['s']],
      ['Split', ['s', 'parts'], ['n', 'chw']],
      ['ReduceProd', ['chw'], ['size'], { keepdims: 1 }],
      ['Concat', ['n', 'size'], ['t'], { axis: 0 }],
      ['Reshape', ['x', 't'], ['y']],
    ];
    const initializers = { parts: ints(1, 3) };
    expect(shapeOf({ inputs: [{ name: 'x', shape: [null, 3, 4, 5] }], nodes, initializers })).toEqual([null, 60]);
    expect(shapeOf({ inputs: [{ name: 'x', shape: ['N', 3, 'H', 5] }], nodes, initializers })).toEqual(['N', null]);
  });
});

describe('contradictions', () => {
  const conv = (channels: number, more: Partial<BuildModel> = {}): Model =>
    buildModel({
      inputs: [{ name: 'x', shape: [1, channels, 8, 8] }],
      outputs: ['y'],
      nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'stem' }]],
      initializers: { w: weight(8, 3, 3, 3) },
      ...more,
    });

  it('name the node, what was found and what was expected', () => {
    const error = caught(() => inferShapes(conv(4)));
    expect(error.code).toBe('model.shape');
    expect(error.place.node).toBe('stem');
    expect(error.message).toContain('4');
    expect(error.message).toContain('3');
  });

  it('of operand types and of declared types are errors', () => {
    const mixed = buildModel({
      inputs: [{ name: 'a' }, { name: 'b', type: 'int64' }],
      outputs: ['y'],
      nodes: [['Add', ['a', 'b'], ['y']]],
    });
    expect(caught(() => inferShapes(mixed))).toMatchObject({ code: 'model.type', place: { node: 'Add_0' } });
    const declared = conv(3, { outputs: [{ name: 'y', type: 'int32' }] });
    expect(caught(() => inferShapes(declared))).toMatchObject({ code: 'model.type', place: { node: 'stem' } });
  });

  it('of declared shapes are noted and overruled, as in ONNX Runtime', () => {
    const shapes = inferShapes(conv(3, { outputs: [{ name: 'y', shape: [1, 8, 5, 5] }] }));
    expect(shapes.of('y')?.shape).toEqual([1, 8, 6, 6]);
    expect(shapes.notes).toHaveLength(1);
    expect(inferShapes(conv(3, { outputs: [{ name: 'y', shape: ['N', 8, 6, 'W'] }] })).notes).toEqual([]);
  });

  it('of bindings name the input', () => {
    expect(caught(() => inferShapes(conv(3), { bind: { z: [1] } }))).toMatchObject({
      code: 'model.bind',
      place: { hint: 'its inputs: x' },
    });
    expect(caught(() => inferShapes(conv(3), { bind: { x: [1, 3] } })).code).toBe('model.bind');
    expect(caught(() => inferShapes(conv(3), { bind: { x: [1, 4, 8, 8] } })).code).toBe('model.bind');
    expect(caught(() => inferShapes(conv(3), { bind: { x: [-1, 3, 8, 8] } })).code).toBe('model.bind');
  });
});

describe('what inference cannot know', () => {
  it('is taken from the declarations', () => {
    const model = buildModel({
      domains: { acme: 1 },
      inputs: [{ name: 'x', shape: ['N', 4] }],
      outputs: ['y'],
      nodes: [
        ['Mystery', ['x'], ['m'], {}, { domain: 'acme' }],
        ['Relu', ['m'], ['y']],
      ],
    });
    expect(inferShapes(model).of('y')).toBeUndefined();
    model.graph.valueInfo.set('m', { name: 'm', type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', 9] } });
    expect(inferShapes(model).of('y')).toMatchObject({ type: DataType.float32, shape: ['N', 9] });
  });

  it('is a size that an exporter wrote as negative or nameless', () => {
    const model = buildModel({ inputs: [{ name: 'x', shape: [-1, 3, ''] }], outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
    expect(inferShapes(model).of('y')?.shape).toEqual([null, 3, null]);
    expect(inferShapes(model, { bind: { x: [2, 3, 4] } }).of('y')?.shape).toEqual([2, 3, 4]);
  });

  it('stays unknown, never a size that a hostile constant makes up', () => {
    const hostile = (values: readonly number[], type: 'float32' | 'int64') =>
      buildModel({
        inputs: [],
        outputs: ['y'],
        nodes: [
          ['Cast', ['v'], ['n'], { to: 7 }],
          ['ConstantOfShape', ['n'], ['y']],
        ],
        initializers: { v: type === 'float32' ? Tensor.float32([values.length], values) : ints(...values) },
      });
    expect(inferShapes(hostile([NaN, Infinity, 1e30], 'float32')).of('y')?.shape).toEqual([null, null, null]);
    expect(inferShapes(hostile([2 ** 40, 2 ** 40], 'int64')).of('y')?.shape).toEqual([2 ** 40, 2 ** 40]);
    expect(caught(() => inferShapes(hostile([-5], 'int64'))).code).toBe('model.shape');
  });
});

it('takes the type of quantized values from the zero point, the attribute, or the scale', () => {
  const types = (attributes: BuildNode[3], zeroPoint: boolean) => {
    const shapes = inferShapes(
      buildModel({
        opset: 23,
        inputs: [{ name: 'x', shape: [2] }],
        outputs: ['y'],
        nodes: [
          ['QuantizeLinear', zeroPoint ? ['x', 's', 'z'] : ['x', 's'], ['q'], attributes],
          ['DequantizeLinear', ['q', 's'], ['y'], attributes],
        ],
        initializers: { s: Tensor.float32([], [1]), z: Tensor.of(DataType.int8, [], Int8Array.of(0)) },
      }),
    );
    return [shapes.of('q')?.type, shapes.of('y')?.type];
  };
  expect(types({}, false)).toEqual([DataType.uint8, DataType.float32]);
  expect(types({}, true)).toEqual([DataType.int8, DataType.float32]);
  expect(types({ output_dtype: DataType.float16 }, false)).toEqual([DataType.float16, DataType.float16]);
});

it('puts the batch first in a recurrent layer of layout 1, which ONNX Runtime does not run', () => {
  const model = buildModel({
    inputs: [{ name: 'x', shape: ['N', 7, 3] }],
    outputs: ['y', 'h', 'c'],
    nodes: [['LSTM', ['x', 'w', 'r'], ['y', 'h', 'c'], { hidden_size: 5, layout: 1, direction: 'bidirectional' }]],
    initializers: { w: weight(2, 20, 3), r: weight(2, 20, 5) },
  });
  const shapes = inferShapes(model);
  expect(['y', 'h', 'c'].map((name) => shapes.of(name)?.shape)).toEqual([
    ['N', 7, 2, 5],
    ['N', 2, 5],
    ['N', 2, 5],
  ]);
});

describe('model-local functions', () => {
  const call = (domain: string, op: string, body: ModelFunction['body'], attributeNames: string[] = [], defaults: Parameters<typeof attributes>[0] = {}): ModelFunction => ({
    domain, name: op, overload: '', body, attributeNames, attributeDefaults: attributes(defaults), rest: [], opsets: new Map([['', 17], [domain, 1]]),
  }); // prettier-ignore
  const calling = (functions: ModelFunction[], values: Parameters<typeof attributes>[0] = {}): Model => {
    const model = buildModel({
      domains: { my: 1 },
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: ['y'],
      nodes: [['F', ['x'], ['y'], values, { domain: 'my' }]],
    });
    model.functions.push(...functions);
    return model;
  };

  it('are entered, with the attributes of the call', () => {
    const body = buildGraph({
      inputs: [{ name: 'in' }],
      outputs: ['out'],
      nodes: [['Transpose', ['in'], ['out'], { perm: { kind: 'reference', to: 'order', type: 7 } }]],
    });
    body.inputs = [{ name: 'in' }];
    const shapes = inferShapes(calling([call('my', 'F', body, ['order'])], { order: [0, 2, 3, 1] }));
    expect(shapes.of('y')?.shape).toEqual([1, 8, 8, 3]);
    expect(shapes.of('out', body)?.shape).toEqual([1, 8, 8, 3]);
    const byDefault = inferShapes(calling([call('my', 'F', body, ['order'], { order: [3, 2, 1, 0] })]));
    expect(byDefault.of('y')?.shape).toEqual([8, 8, 3, 1]);
  });

  it('that call themselves, or each other 2^n times, come to an end', () => {
    const again = buildGraph({ outputs: ['out'], nodes: [['F', ['in'], ['out'], {}, { domain: 'my' }]] });
    again.inputs = [{ name: 'in' }];
    expect(inferShapes(calling([call('my', 'F', again)])).of('y')).toBeUndefined();
    const chain = Array.from({ length: 60 }, (_, i) => {
      const next = i === 59 ? ['Relu', {}] : [`F${i + 1}`, { domain: 'my' }];
      const body = buildGraph({
        outputs: ['out'],
        nodes: [
          [next[0] as string, ['in'], ['mid'], {}, next[1] as { domain?: string }],
          [next[0] as string, ['mid'], ['out'], {}, next[1] as { domain?: string }],
        ],
      });
      body.inputs = [{ name: 'in' }];
      return call('my', i === 0 ? 'F' : `F${i}`, body);
    });
    expect(processorMs(() => inferShapes(calling(chain)))).toBeLessThan(2000);
  });
});

describe('large graphs', () => {
  const chain = (length: number): Model => {
    const model = buildModel({ inputs: [{ name: 'v0', shape: ['N', 4] }], outputs: [`v${length}`], nodes: [] });
    for (let i = 0; i < length; i++) model.graph.add(new Node('', i % 3 ? 'Relu' : 'Sigmoid', [`v${i}`], [`v${i + 1}`]));
    return model;
  };

  it('do not use up the stack', () => {
    expect(inferShapes(chain(50_000)).of('v50000')?.shape).toEqual(['N', 4]);
  });

  it('of 12,000 nodes take less than half a second of processor time', () => {
    const model = chain(12_000);
    const times = Array.from({ length: 3 }, () => processorMs(() => inferShapes(model)));
    expect(Math.min(...times)).toBeLessThan(500);
  });
});
