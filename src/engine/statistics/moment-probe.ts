import type { Context } from '../base/context.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Graph, Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts';
import { rowPicker, type RowPicker } from './picked-rows.ts';
import type { ProductShape, SecondMoment } from './second-moment.ts';

/** Pictures whose products ONNX Runtime adds up in one go: what leaves it is [depth, depth] a layer, however many there were. */
const together = 8;

/**
 * The layer's matrix product: weights as [groups * outputs, depth] rows in the layer's own order. undefined for operators and forms
 * that are none: batched weights, Gemm with a transposed input.
 */
export function productShape(node: Node, dims: readonly number[]): ProductShape | undefined {
  if (node.op === 'Conv' && dims.length >= 3) {
    const groups = node.int('group', 1);
    return { groups, depth: dims.slice(1).reduce((a, b) => a * b, 1), outputs: dims[0]! / groups };
  }
  if (dims.length !== 2) return undefined;
  if (node.op === 'MatMul') return { groups: 1, depth: dims[0]!, outputs: dims[1]! };
  if (node.op !== 'Gemm' || node.int('transA', 0) !== 0) return undefined;
  const [depth, outputs] = node.int('transB', 0) ? [dims[1]!, dims[0]!] : [dims[0]!, dims[1]!];
  return { groups: 1, depth, outputs };
}

interface Waiting {
  readonly input: RuntimeTensor;
  readonly target: RuntimeTensor;
}

/**
 * Gathers a layer's second moment. Pictures are reduced to some of their output rows (picked-rows.ts), and a few at a time ONNX Runtime
 * lays out the layer's input as its matrix product reads it (a convolution's by a depthwise convolution of unit kernels, which brings stride,
 * dilation and padding along) and multiplies it, in float32, by itself and by what the layer should give. Memory: the moment and
 * `together` pictures' picked rows, unfolded.
 */
export class MomentProbe {
  readonly #session: Session;
  readonly #picker: RowPicker | undefined;
  readonly #waiting: Waiting[] = [];

  private constructor(
    readonly moment: SecondMoment,
    session: Session,
    picker: RowPicker | undefined,
  ) {
    this.#session = session;
    this.#picker = picker;
  }

  /** `dims`: of the weights. `positions`: of the layer's output, how many of a picture are looked at, at least. */
  static async load(
    node: Node,
    dims: readonly number[],
    moment: SecondMoment,
    positions: number,
    runtime: Runtime,
    context: Context,
  ): Promise<MomentProbe> {
    const picker = node.op === 'Conv' ? rowPicker(node, dims, positions) : undefined;
    const bytes = encodeModel(momentModel(node, dims, moment.shape, picker !== undefined));
    return new MomentProbe(moment, await runtime.load(bytes, { optimize: 'all', threads: context.threads }), picker);
  }

  /** `index`: the picture's place in the dataset; the rows that are looked at move on with it. The tensors are not kept. */
  async add(input: RuntimeTensor, target: RuntimeTensor, index: number): Promise<void> {
    const picked = this.#picker ? this.#picker.pick(input, target, index) : { input, target };
    const [first] = this.#waiting;
    if (first && !(sameDims(first.input, picked.input) && sameDims(first.target, picked.target))) await this.finish();
    this.#waiting.push(picked);
    if (this.#waiting.length === together) await this.finish();
  }

  /** Adds what still waits. */
  async finish(): Promise<void> {
    const pictures = this.#waiting.splice(0);
    if (pictures.length === 0 || (await this.#measure(pictures)) || pictures.length === 1) return;
    // Something was not finite: each picture by itself, so that only that one is left out.
    for (const picture of pictures) await this.#measure([picture]);
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  async #measure(pictures: readonly Waiting[]): Promise<boolean> {
    const { groups, outputs } = this.moment.shape;
    const found = await this.#session.run({
      input: joined(pictures.map(({ input }) => input)),
      target: joined(pictures.map(({ target }) => target)),
    });
    const take = (name: string): Float32Array => found[name]!.data as Float32Array;
    const positions = pictures.reduce((sum, { target }) => sum + sizeOf(target), 0) / (groups * outputs);
    return this.moment.add({
      pictures: pictures.length,
      positions,
      products: take('products'),
      inputs: take('inputs'),
      targets: take('targets'),
      targetSquares: take('squares'),
    });
  }
}

const sizeOf = ({ dims }: RuntimeTensor): number => dims.reduce((a, b) => a * b, 1);

const sameDims = (a: RuntimeTensor, b: RuntimeTensor): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);

/** One tensor of all of them, one behind the other along the first axis. */
function joined(tensors: readonly RuntimeTensor[]): RuntimeTensor {
  const [first] = tensors;
  if (tensors.length === 1) return first!;
  const size = sizeOf(first!);
  const data = new Float32Array(size * tensors.length);
  tensors.forEach((tensor, i) => data.set(tensor.data as Float32Array, i * size));
  return { type: first!.type, dims: [first!.dims[0]! * tensors.length, ...first!.dims.slice(1)], data };
}

function momentModel(node: Node, dims: readonly number[], { groups, depth, outputs }: ProductShape, picked: boolean): Model {
  const graph = new Graph();
  const float = (name: string) => ({ name, type: { kind: 'tensor' as const, elementType: DataType.float32 } });
  graph.inputs = [float('input'), float('target')];
  const add = (op: string, inputs: string[], output: string, given: Parameters<typeof attributes>[0] = {}, domain = ''): string => {
    graph.add(new Node('', op, inputs, [output], attributes(given), domain));
    return output;
  };
  const reshaped = (value: string, shape: readonly number[]): string => {
    graph.initializers.set(`${value}_shape`, Tensor.int64([shape.length], shape));
    return add('Reshape', [value, `${value}_shape`], `${value}_shaped`);
  };
  /** To [groups, length, pictures * positions]. */
  const columns = (value: string, length: number): string => {
    if (node.op !== 'Conv') return add('Transpose', [reshaped(value, [1, -1, length])], `${value}_columns`, { perm: [0, 2, 1] });
    const apart = add('Transpose', [reshaped(value, [0, groups, length, -1])], `${value}_apart`, { perm: [1, 2, 0, 3] });
    return reshaped(apart, [groups, length, -1]);
  };
  const x = columns(node.op === 'Conv' ? unfolded(graph, node, dims, picked) : 'input', depth);
  const y = columns('target', outputs);
  const both = add('Concat', [x, y], 'both', { axis: 1 });
  add('FusedMatMul', [x, both], 'products', { transB: 1 }, 'com.microsoft');
  graph.initializers.set('last', Tensor.int64([1], [2]));
  add('ReduceSum', [x, 'last'], 'inputs', { keepdims: 0 });
  add('ReduceSum', [y, 'last'], 'targets', { keepdims: 0 });
  add('ReduceSumSquare', [y], 'squares', { axes: [2], keepdims: 0 });
  graph.outputs = ['products', 'inputs', 'targets', 'squares'].map(float);
  const model = new Model(graph);
  model.opsets.set('', 13);
  model.opsets.set('com.microsoft', 1);
  return model;
}

/** [N, C, …] to [N, C * taps, …]: at every output position the inputs that the kernel meets there, zeros where it lies on padding. */
function unfolded(graph: Graph, node: Node, dims: readonly number[], picked: boolean): string {
  const channels = dims[1]! * node.int('group', 1);
  const kernel = dims.slice(2);
  const taps = kernel.reduce((a, b) => a * b, 1);
  const units = new Float32Array(channels * taps * taps);
  for (let row = 0; row < channels * taps; row++) units[row * taps + (row % taps)] = 1;
  graph.initializers.set('unit_kernels', Tensor.of(DataType.float32, [channels * taps, 1, ...kernel], units));
  const given = new Map(node.attributes);
  for (const [key, value] of attributes({ group: channels, kernel_shape: kernel })) given.set(key, value);
  if (picked) for (const [key, value] of attributes(pickedWindow(node, kernel))) given.set(key, value);
  graph.add(new Node('', 'Conv', ['input', 'unit_kernels'], ['unfolded'], given));
  return 'unfolded';
}

/** The window on picked rows: those that one output row reads lie together, padding among them. */
function pickedWindow(node: Node, kernel: readonly number[]) {
  const rank = kernel.length;
  const replaced = (name: string, none: number, first: number): number[] => [
    first,
    ...(node.ints(name) ?? new Array<number>(rank).fill(none)).slice(1),
  ];
  const pads = node.ints('pads')?.slice() ?? new Array<number>(2 * rank).fill(0);
  pads[0] = pads[rank] = 0;
  return { strides: replaced('strides', 1, kernel[0]!), dilations: replaced('dilations', 1, 1), pads };
}
