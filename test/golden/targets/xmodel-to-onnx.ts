import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode, type BuildValue } from '../../support/model-builder.ts';
import type { XirOp } from './xmodel.ts';

/** Feature maps are NHWC there and NCHW here. */
const toChannelsFirst = [0, 3, 1, 2];
const toChannelsLast = [0, 2, 3, 1];
const permuted = <T>(values: readonly T[], order: readonly number[]): T[] => order.map((axis) => values[axis]!);
export const shapeHere = (shape: readonly number[]): number[] => (shape.length === 4 ? permuted(shape, toChannelsFirst) : [...shape]);

/** Elements of a tensor with its axes in another order. */
export function transposed(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const dims = permuted(shape, order);
  const result: number[] = [];
  const walk = (axis: number, at: number): void => {
    if (axis === dims.length) result.push(values[at]!);
    else for (let i = 0; i < dims[axis]!; i++) walk(axis + 1, at + i * strides[order[axis]!]!);
  };
  walk(0, 0);
  return result;
}

export const channelsFirst = (values: ArrayLike<number>, shape: readonly number[]): number[] =>
  shape.length === 4 ? transposed(values, shape, toChannelsFirst) : Array.from(values);
export const channelsLast = (values: ArrayLike<number>, shape: readonly number[]): number[] =>
  shape.length === 4 ? transposed(values, shapeHere(shape), toChannelsLast) : Array.from(values);

/** Why a graph cannot be written with QuantizeLinear and DequantizeLinear. */
export class Inexpressible extends Error {}

/** The same computation as a QDQ model: every `fix` becomes a pair, every value keeps its op's name. */
export function xmodelToOnnx(ops: readonly XirOp[]): Model {
  return new Converter(ops).model();
}

class Converter {
  readonly #byName: ReadonlyMap<string, XirOp>;
  readonly #nodes: BuildNode[] = [];
  readonly #initializers: Record<string, Tensor> = {};
  readonly #inputs: BuildValue[] = [];
  readonly #outputs: BuildValue[] = [];

  constructor(readonly ops: readonly XirOp[]) {
    this.#byName = new Map(ops.map((op) => [op.name, op]));
  }

  model(): Model {
    for (const op of this.ops) this.#op(op);
    return buildModel({ inputs: this.#inputs, outputs: this.#outputs, nodes: this.#nodes, initializers: this.#initializers });
  }

  #add(op: string, inputs: readonly string[], output: string, attributes: Record<string, number | string | number[]> = {}): string {
    this.#nodes.push([op, inputs, [output], attributes, { name: output }]);
    return output;
  }

  #store(name: string, tensor: Tensor): string {
    this.#initializers[name] = tensor;
    return name;
  }

  #op(op: XirOp): void {
    const { name, type, shape } = op;
    if (type === 'data') this.#inputs.push({ name, shape: shapeHere(shape) });
    else if (type === 'fix') this.#fix(op);
    else if (type === 'const') this.#constant(op);
    else if (type !== 'stack') {
      this.#node(op);
      if (!this.ops.some(({ inputs }) => Object.values(inputs).flat().includes(name)))
        this.#outputs.push({ name, shape: shapeHere(shape) });
    }
  }

  #numbers({ attributes }: XirOp): Float32Array {
    return new Float32Array((attributes['data'] as Uint8Array).slice().buffer);
  }

  /** A constant that is not fixed: a factor, or an operand. */
  #constant(op: XirOp): void {
    const readers = this.ops.filter(({ inputs }) => Object.values(inputs).flat().includes(op.name));
    if (readers.every(({ type }) => type === 'fix' || type === 'stack')) return;
    const scalar = op.shape.length === 1 && op.shape[0] === 1;
    this.#store(op.name, Tensor.float32(scalar ? [] : shapeHere(op.shape), channelsFirst(this.#numbers(op), op.shape)));
  }

  #fix(op: XirOp): void {
    const { name, attributes, inputs, shape } = op;
    const [source] = inputs['input'] as readonly [string];
    if (attributes['bit_width'] !== 8 || attributes['if_signed'] !== true || attributes['round_mode'] !== 'DPU_ROUND') {
      throw new Inexpressible(
        `a fix of ${String(attributes['bit_width'])} bits, ${attributes['if_signed'] ? 'signed' : 'unsigned'}, ${String(attributes['round_mode'])}`,
      );
    }
    const scale = 2 ** -(attributes['fix_point'] as number);
    const parameters = [
      this.#store(`${name}_scale`, Tensor.float32([], [scale])),
      this.#store(`${name}_zero`, Tensor.of(DataType.int8, [], Int8Array.of(0))),
    ];
    const constant = this.#byName.get(source)!;
    if (constant.type === 'const') {
      const { dims, values } = this.#weights(constant, name);
      const codes = Int8Array.from(values, (value) => Math.max(-128, Math.min(127, Math.floor(value / scale + 0.5))));
      this.#add('DequantizeLinear', [this.#store(`${name}_codes`, Tensor.of(DataType.int8, dims, codes)), ...parameters], name);
      return;
    }
    this.#add('QuantizeLinear', [source, ...parameters], `${name}_quantized`);
    this.#add('DequantizeLinear', [`${name}_quantized`, ...parameters], name);
    this.#outputs.push({ name, shape: shapeHere(shape) });
  }

  /** Constants in ONNX's layout, as their reader wants them. */
  #weights(constant: XirOp, fixed: string): { dims: number[]; values: number[] } {
    const { shape } = constant;
    const values = this.#numbers(constant);
    const reader = this.ops.find(({ inputs }) => inputs['weights']?.includes(fixed));
    if (!reader) return { dims: shapeHere(shape), values: channelsFirst(values, shape) };
    const [first = 1, height = 1, width = 1, last = 1] = shape;
    if (reader.type === 'conv2d') return { dims: [first, last, height, width], values: transposed(values, shape, [0, 3, 1, 2]) };
    // [multiplier, kh, kw, c]: output channel c · multiplier + q.
    if (reader.type === 'depthwise-conv2d')
      return { dims: [last * first, 1, height, width], values: transposed(values, shape, [3, 0, 1, 2]) };
    // [oc, kh, kw, ic], flipped in height and width.
    const plain = transposed(values, shape, [3, 0, 1, 2]);
    const area = height * width;
    return { dims: [last, first, height, width], values: plain.map((_, i) => plain[Math.floor(i / area) * area + area - 1 - (i % area)]!) };
  }

  #node(op: XirOp): void {
    const { name, type, attributes, inputs } = op;
    const operands = inputs['input'] ?? [];
    const [first = ''] = operands;
    switch (type) {
      case 'conv2d':
      case 'depthwise-conv2d':
      case 'transposed-conv2d':
        return this.#convolution(op);
      case 'maxpool2d':
      case 'avgpool2d':
        return this.#pool(op);
      case 'resize':
        return this.#resize(op);
      case 'relu':
        return void this.#add('Relu', [first], name);
      case 'relu6':
        return void this.#add(
          'Clip',
          [first, this.#store(`${name}_low`, Tensor.float32([], [0])), this.#store(`${name}_high`, Tensor.float32([], [6]))],
          name,
        );
      case 'leaky-relu':
        return void this.#add('LeakyRelu', [first], name, { alpha: attributes['alpha'] as number });
      case 'hard-sigmoid':
        this.#nodes.push(['HardSigmoid', [first], [name], { alpha: Math.fround(1 / 6), beta: 0.5 }, { name }]);
        return;
      case 'sigmoid':
        return void this.#add('Sigmoid', [first], name);
      case 'softmax':
        return void this.#add('Softmax', [first], name, { axis: this.#axis(op, attributes['axis'] as number) });
      case 'add':
        return void this.#add(operands.length === 2 ? 'Add' : 'Sum', operands, name);
      case 'mul':
        return void this.#add('Mul', operands, name);
      case 'concat':
        return void this.#add('Concat', operands, name, { axis: this.#axis(op, attributes['axis'] as number) });
      default:
        return this.#movement(op);
    }
  }

  #movement(op: XirOp): void {
    const { name, type, attributes, inputs, shape } = op;
    const operands = inputs['input'] ?? [];
    const [first = ''] = operands;
    const from = this.#byName.get(first)!.shape;
    const int64 = (role: string, values: readonly number[]): string =>
      this.#store(`${name}_${role}`, Tensor.int64([values.length], values));
    const order = from.length === 4 ? toChannelsFirst : from.map((_, axis) => axis);
    switch (type) {
      case 'reshape':
      case 'flatten':
      case 'squeeze': {
        const plain = from.length === 4 ? this.#add('Transpose', [first], `${name}_last`, { perm: toChannelsLast }) : first;
        const result = shape.length === 4 ? `${name}_reshaped` : name;
        this.#add('Reshape', [plain, int64('shape', shape)], result);
        if (shape.length === 4) this.#add('Transpose', [result], name, { perm: toChannelsFirst });
        return;
      }
      case 'transpose': {
        const plain = from.length === 4 ? this.#add('Transpose', [first], `${name}_last`, { perm: toChannelsLast }) : first;
        const result = this.#add('Transpose', [plain], from.length === 4 ? `${name}_moved` : name, {
          perm: [...(attributes['order'] as number[])],
        });
        if (from.length === 4) this.#add('Transpose', [result], name, { perm: toChannelsFirst });
        return;
      }
      case 'strided_slice': {
        const [begin, end, strides] = ['begin', 'end', 'strides'].map((key) => permuted(attributes[key] as number[], order)) as [
          number[],
          number[],
          number[],
        ];
        this.#add('Slice', [first, int64('begin', begin), int64('end', end), int64('axes', order.map((_, axis) => axis)), int64('strides', strides)], name); // prettier-ignore
        return;
      }
      case 'pad': {
        const paddings = attributes['paddings'] as number[];
        const pads = [...order.map((axis) => paddings[2 * axis]!), ...order.map((axis) => paddings[2 * axis + 1]!)];
        const [value = 0] = (attributes['constant_values'] as number[] | undefined) ?? [];
        this.#add('Pad', [first, int64('pads', pads), this.#store(`${name}_value`, Tensor.float32([], [value]))], name);
        return;
      }
      case 'matmul': {
        const second = operands[1]!;
        const rank = this.#byName.get(second)!.shape.length;
        const swapped = [...Array(rank).keys()].map((axis) => (axis < rank - 2 ? axis : axis === rank - 2 ? rank - 1 : rank - 2));
        const matrix = attributes['transpose_b'] ? this.#add('Transpose', [second], `${name}_b`, { perm: swapped }) : second;
        const [bias] = inputs['bias'] ?? [];
        this.#add('MatMul', [first, matrix], bias === undefined ? name : `${name}_product`);
        if (bias !== undefined) this.#add('Add', [`${name}_product`, bias], name);
        return;
      }
      case 'reduction_mean': {
        const axes = (attributes['axis'] as number[]).map((axis) => order.indexOf(axis));
        const keepdims = attributes['keep_dims'] ? 1 : 0;
        this.#nodes.push(['ReduceMean', [first], [name], { axes, keepdims }, { name }]);
        return;
      }
      default:
        throw new Inexpressible(type);
    }
  }

  #axis(op: XirOp, axis: number): number {
    const { length } = op.shape;
    return length === 4 ? toChannelsFirst.indexOf((axis + length) % length) : axis;
  }

  /** [left, right, top, bottom] of a window; SAME puts the odd one right and at the bottom. */
  #pads(op: XirOp, kernel: readonly number[], stride: readonly number[]): number[] {
    const [left = 0, right = 0, top = 0, bottom = 0] = (op.attributes['pad'] as number[] | undefined) ?? [];
    if (op.attributes['pad_mode'] !== 'SAME') return [top, left, bottom, right];
    const [, height = 0, width = 0] = this.#byName.get(op.inputs['input']![0]!)!.shape;
    const [, outHeight = 0, outWidth = 0] = op.shape;
    const across = (outWidth - 1) * stride[0]! + Math.max(kernel[0]!, stride[0]!) - (width + left + right);
    const down = (outHeight - 1) * stride[1]! + Math.max(kernel[1]!, stride[1]!) - (height + top + bottom);
    const split = (extra: number): [number, number] => (extra >= 0 ? [Math.floor(extra / 2), extra - Math.floor(extra / 2)] : [0, 0]);
    return [top + split(down)[0], left + split(across)[0], bottom + split(down)[1], right + split(across)[1]];
  }

  #convolution(op: XirOp): void {
    const { name, type, attributes, inputs } = op;
    const [kernel, stride] = [attributes['kernel'] as number[], attributes['stride'] as number[]];
    const dilation = (attributes['dilation'] as number[] | undefined) ?? [1, 1];
    const covered = kernel.map((size, axis) => (size - 1) * dilation[axis]! + 1);
    const [source] = inputs['input'] as readonly [string];
    const channels = this.#byName.get(source)!.shape[3]!;
    const group = type === 'depthwise-conv2d' ? channels : ((attributes['group'] as number | undefined) ?? 1);
    const operands = [source, inputs['weights']![0]!, ...(inputs['bias'] ?? [])];
    this.#add(type === 'transposed-conv2d' ? 'ConvTranspose' : 'Conv', operands, name, {
      kernel_shape: [...kernel].reverse(),
      strides: [...stride].reverse(),
      dilations: [...dilation].reverse(),
      pads: this.#pads(op, covered, stride),
      group,
    });
  }

  #pool(op: XirOp): void {
    const { name, type, attributes, inputs } = op;
    const [source] = inputs['input'] as readonly [string];
    if (attributes['global']) return void this.#add(type === 'maxpool2d' ? 'GlobalMaxPool' : 'GlobalAveragePool', [source], name);
    const [kernel, stride] = [attributes['kernel'] as number[], attributes['stride'] as number[]];
    const ceil = attributes['pad_mode'] === 'CEIL';
    if (type === 'avgpool2d' && ceil && attributes['count_include_invalid'] !== false)
      throw new Inexpressible('a mean that counts what lies beyond the pads');
    this.#add(type === 'maxpool2d' ? 'MaxPool' : 'AveragePool', [source], name, {
      kernel_shape: [...kernel].reverse(),
      strides: [...stride].reverse(),
      pads: this.#pads(op, kernel, stride),
      ceil_mode: Number(ceil),
      ...(type === 'avgpool2d' ? { count_include_pad: Number(attributes['count_include_pad'] !== false) } : {}),
    });
  }

  #resize(op: XirOp): void {
    const { name, attributes, inputs, shape } = op;
    const half = attributes['half_pixel_centers'] === true;
    const nearest = attributes['mode'] === 'NEAREST';
    this.#add('Resize', [inputs['input']![0]!, '', '', this.#store(`${name}_sizes`, Tensor.int64([4], shapeHere(shape)))], name, {
      mode: nearest ? 'nearest' : 'linear',
      coordinate_transformation_mode: half ? 'half_pixel' : 'asymmetric',
      nearest_mode: half ? 'round_prefer_ceil' : 'floor',
    });
  }
}
