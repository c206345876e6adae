import type { Model } from '../../../src/engine/onnx/graph.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from '../model-builder.ts';
import { randomTensor } from '../odd-networks.ts';

type Attributes = NonNullable<BuildNode[3]>;

/** A small quantized graph around an operator: one input, rounded values everywhere, as quantizing for the DPU leaves them. */
export interface OperatorCase {
  readonly what: string;
  readonly op: string;
  readonly model: () => Model;
  readonly input: readonly number[];
}

/** Bits behind the binary point of activations and weights. */
const [activation, weight] = [4, 6];

/** Writes quantized graphs: each value is rounded where the case says so. */
class Sketch {
  readonly nodes: BuildNode[] = [];
  readonly initializers: Record<string, Tensor> = {};
  #count = 0;

  constant(tensor: Tensor): string {
    const name = `c${this.#count++}`;
    this.initializers[name] = tensor;
    return name;
  }

  ints(...values: number[]): string {
    return this.constant(Tensor.int64([values.length], values));
  }

  number(value: number): string {
    return this.constant(Tensor.float32([], [value]));
  }

  /** A stored tensor as integers behind a DequantizeLinear. */
  weights(dims: readonly number[], position = weight): string {
    const values = randomTensor(`w${this.#count}`, dims, 0.5).toFloat64();
    const codes = Int8Array.from(values, (value) => Math.max(-128, Math.min(127, Math.round(value * 2 ** position))));
    return this.op('DequantizeLinear', [this.constant(Tensor.of(DataType.int8, dims, codes)), this.number(2 ** -position), this.zero()]);
  }

  zero(): string {
    return this.constant(Tensor.of(DataType.int8, [], Int8Array.of(0)));
  }

  op(op: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string {
    const name = `v${this.#count++}`;
    const made = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}_${i}`));
    this.nodes.push([op, inputs, made, attributes, { name: `/${op}/${name}` }]);
    return name;
  }

  /** A value rounded to 8 bits. */
  fix(value: string, position = activation): string {
    const [scale, zero] = [this.number(2 ** -position), this.zero()];
    return this.op('DequantizeLinear', [this.op('QuantizeLinear', [value, scale, zero]), scale, zero]);
  }
}

const graph = (what: string, op: string, input: readonly number[], draw: (sketch: Sketch, x: string) => string): OperatorCase => ({
  what: `${op}: ${what}`,
  op,
  input,
  model: () => {
    const sketch = new Sketch();
    const result = sketch.fix(draw(sketch, sketch.fix('x')));
    return buildModel({
      opset: 21,
      inputs: [{ name: 'x', shape: input }],
      outputs: [{ name: result }],
      nodes: sketch.nodes,
      initializers: sketch.initializers,
    });
  },
});

const map = [1, 6, 8, 10];
const one = (op: string, what = 'plain', attributes: Attributes = {}, input: readonly number[] = map): OperatorCase =>
  graph(what, op, input, (s, x) => s.op(op, [x], attributes));
const conv = (what: string, dims: readonly number[], attributes: Attributes): OperatorCase =>
  graph(what, 'Conv', map, (s, x) => s.op('Conv', [x, s.weights(dims), s.weights([dims[0]!])], attributes));
const transposed = (what: string, dims: readonly number[], attributes: Attributes): OperatorCase =>
  graph(what, 'ConvTranspose', map, (s, x) => s.op('ConvTranspose', [x, s.weights(dims)], attributes));
const resize = (what: string, sizes: number[], attributes: Attributes): OperatorCase =>
  graph(what, 'Resize', map, (s, x) => s.op('Resize', [x, '', '', s.ints(...sizes)], attributes));

/** Every operator that the exporter writes, in the forms that matter to it. */
export const operatorCases: readonly OperatorCase[] = [
  conv('3×3, stride 2, uneven pads', [5, 6, 3, 3], { strides: [2, 2], pads: [1, 0, 2, 1] }),
  conv('1×3, dilated', [5, 6, 1, 3], { dilations: [1, 2] }),
  conv('in groups', [8, 3, 3, 3], { group: 2, pads: [1, 1, 1, 1] }),
  conv('depthwise', [6, 1, 3, 3], { group: 6, pads: [1, 1, 1, 1] }),
  conv('depthwise, two outputs a channel', [12, 1, 3, 3], { group: 6 }),
  conv('same size', [5, 6, 3, 3], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
  transposed('doubling', [6, 5, 2, 2], { strides: [2, 2] }),
  transposed('3×3, padded', [6, 5, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
  transposed('depthwise', [6, 1, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], group: 6 }),
  graph('transposed weights', 'Gemm', [1, 12], (s, x) => s.op('Gemm', [x, s.weights([7, 12]), s.weights([7])], { transB: 1 })),
  graph('stored weights', 'MatMul', [1, 12], (s, x) => s.op('MatMul', [x, s.weights([12, 7])])),
  graph('of a map', 'Flatten', map, (s, x) => s.op('Gemm', [s.op('Flatten', [x]), s.weights([7, 480])], { transB: 1 })),
  one('Relu'),
  one('Sigmoid'),
  one('Tanh'),
  one('LeakyRelu', '26/256', { alpha: 0.1015625 }),
  one('HardSigmoid', 'one sixth', { alpha: Math.fround(1 / 6), beta: 0.5 }),
  graph('0 to 6', 'Clip', map, (s, x) => s.op('Clip', [x, s.number(0), s.number(6)])),
  graph('from 0', 'Clip', map, (s, x) => s.op('Clip', [x, s.number(0)])),
  one('Softmax', 'channels', { axis: 1 }, [1, 10]),
  graph('two values', 'Add', map, (s, x) => s.op('Add', [x, s.fix(s.op('Relu', [x]), 2)])),
  graph('a constant', 'Add', map, (s, x) => s.op('Add', [x, s.weights([6, 1, 1])])),
  graph('three values', 'Sum', map, (s, x) => s.op('Sum', [x, x, x])),
  graph('two values', 'Sub', map, (s, x) => s.op('Sub', [x, s.fix(s.op('Relu', [x]), 3)])),
  graph('two values', 'Mul', map, (s, x) => s.op('Mul', [x, s.fix(s.op('Relu', [x]), 3)])),
  graph('by a constant', 'Div', map, (s, x) => s.op('Div', [x, s.number(3)])),
  one('MaxPool', '3×3, padded', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  one('MaxPool', 'rounded up', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  one('GlobalMaxPool'),
  one('AveragePool', '2×2', { kernel_shape: [2, 2], strides: [2, 2] }),
  // Quantizing for the DPU puts its factor behind the mean.
  graph('3×3, pads count', 'AveragePool', map, (s, x) =>
    s.op('Mul', [s.op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }), s.number(63 / 64)]),
  ),
  one('GlobalAveragePool'),
  graph('rows and columns', 'ReduceMean', map, (s, x) => s.op('ReduceMean', [x, s.ints(2, 3)], { keepdims: 1 })),
  graph('channels', 'ReduceMax', map, (s, x) => s.op('ReduceMax', [x, s.ints(1)], { keepdims: 1 })),
  graph('rows and columns, dropped', 'ReduceMax', map, (s, x) => s.op('ReduceMax', [x, s.ints(2, 3)], { keepdims: 0 })),
  graph('rows', 'ReduceSum', map, (s, x) => s.op('ReduceSum', [x, s.ints(2)], { keepdims: 1 })),
  graph('channels', 'Concat', map, (s, x) => s.op('Concat', [x, s.fix(s.op('Relu', [x]))], { axis: 1 })),
  graph('rows', 'Concat', map, (s, x) => s.op('Concat', [x, s.fix(s.op('Relu', [x]))], { axis: 2 })),
  graph('columns, counted from the end', 'Concat', map, (s, x) => s.op('Concat', [x, x], { axis: -1 })),
  graph('a map to a list', 'Reshape', map, (s, x) => s.op('Reshape', [x, s.ints(1, 480)])),
  graph('a map to another', 'Reshape', map, (s, x) => s.op('Reshape', [x, s.ints(1, 12, 4, 10)])),
  graph('shuffled channels', 'Reshape', map, (s, x) =>
    s.op('Reshape', [s.op('Transpose', [s.op('Reshape', [x, s.ints(1, 2, 3, 8, 10)])], { perm: [0, 2, 1, 3, 4] }), s.ints(1, 6, 8, 10)]),
  ),
  graph('a map of one pixel', 'Squeeze', [1, 6, 1, 1], (s, x) => s.op('Squeeze', [x, s.ints(2, 3)])),
  graph('to a map', 'Unsqueeze', [1, 6], (s, x) => s.op('Unsqueeze', [x, s.ints(2, 3)])),
  one('Transpose', 'rows and columns', { perm: [0, 1, 3, 2] }),
  one('Transpose', 'channels last', { perm: [0, 2, 3, 1] }),
  one('Identity'),
  one('Dropout'),
  graph('channels and every other row', 'Slice', map, (s, x) => s.op('Slice', [x, s.ints(1, 0), s.ints(5, 8), s.ints(1, 2), s.ints(1, 2)])),
  graph('channels', 'Split', map, (s, x) => s.op('Split', [x, s.ints(2, 4)], { axis: 1 }, 2)),
  graph('zeros', 'Pad', map, (s, x) => s.op('Pad', [x, s.ints(0, 0, 1, 2, 0, 0, 2, 1)])),
  graph('reflected', 'Pad', map, (s, x) => s.op('Pad', [x, s.ints(0, 0, 1, 2, 0, 0, 2, 1)], { mode: 'reflect' })),
  resize('twice, nearest', [1, 6, 16, 20], { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
  resize('twice, half pixels', [1, 6, 16, 20], {}),
  resize('twice, linear', [1, 6, 16, 20], { mode: 'linear' }),
  resize('linear, corners together', [1, 6, 15, 19], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }),
  one('DepthToSpace', 'columns first', { blocksize: 2 }, [1, 8, 3, 5]),
  one('DepthToSpace', 'as PyTorch', { blocksize: 2, mode: 'CRD' }, [1, 8, 3, 5]),
  one('SpaceToDepth', 'blocks', { blocksize: 2 }),
];
