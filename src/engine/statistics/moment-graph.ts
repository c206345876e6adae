import { DataType } from '../onnx/data-type.ts';
import { attributes, Graph, Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { ProductShape } from './second-moment.ts';

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

/** The model that computes the sums of `SecondMoment` in float32 from `input` and `target`, as the layer reads and makes them. */
export function momentModel(node: Node, dims: readonly number[], shape: ProductShape, picked: boolean): Model {
  return new MomentGraph(node, dims, shape, picked).build();
}

class MomentGraph {
  readonly #graph = new Graph();

  constructor(
    readonly node: Node,
    readonly dims: readonly number[],
    readonly shape: ProductShape,
    /** As picked-rows.ts leaves them. */
    readonly picked: boolean,
  ) {}

  build(): Model {
    const named = (name: string) => ({ name, type: { kind: 'tensor' as const, elementType: DataType.float32 } });
    this.#graph.inputs = ['input', 'target'].map(named);
    const x = this.#columns(this.node.op === 'Conv' ? this.#unfolded() : 'input', this.shape.depth);
    const y = this.#columns('target', this.shape.outputs);
    this.#add('FusedMatMul', [x, x], 'products', { transB: 1 }, 'com.microsoft');
    this.#add('FusedMatMul', [x, y], 'cross', { transB: 1 }, 'com.microsoft');
    this.#sum(x, 'inputs');
    this.#sum(y, 'targets');
    this.#add('ReduceSumSquare', [y], 'squares', { axes: [2], keepdims: 0 });
    this.#graph.outputs = ['products', 'inputs', 'cross', 'targets', 'squares'].map(named);
    const model = new Model(this.#graph);
    model.opsets.set('', 13);
    model.opsets.set('com.microsoft', 1);
    return model;
  }

  #add(op: string, inputs: string[], output: string, given: Parameters<typeof attributes>[0] = {}, domain = ''): string {
    this.#graph.add(new Node('', op, inputs, [output], attributes(given), domain));
    return output;
  }

  #sum(value: string, output: string): void {
    this.#graph.initializers.set('last', Tensor.int64([1], [2]));
    this.#add('ReduceSum', [value, 'last'], output, { keepdims: 0 });
  }

  #reshaped(value: string, shape: readonly number[]): string {
    this.#graph.initializers.set(`${value}_shape`, Tensor.int64([shape.length], shape));
    return this.#add('Reshape', [value, `${value}_shape`], `${value}_shaped`);
  }

  /** To [groups, length, pictures * positions]. */
  #columns(value: string, length: number): string {
    const name = `${value}_columns`;
    if (this.node.op !== 'Conv') return this.#add('Transpose', [this.#reshaped(value, [1, -1, length])], name, { perm: [0, 2, 1] });
    const { groups } = this.shape;
    const apart = this.#add('Transpose', [this.#reshaped(value, [0, groups, length, -1])], name, { perm: [1, 2, 0, 3] });
    return this.#reshaped(apart, [groups, length, -1]);
  }

  /**
   * [N, C, …] to [N, C * taps, …]: at every output position the inputs that the kernel meets there, zeros where it lies on padding. A
   * depthwise convolution of unit kernels, which brings stride, dilation and padding along.
   */
  #unfolded(): string {
    const { node, dims } = this;
    const channels = dims[1]! * node.int('group', 1);
    const kernel = dims.slice(2);
    const taps = kernel.reduce((a, b) => a * b, 1);
    const units = new Float32Array(channels * taps * taps);
    for (let row = 0; row < channels * taps; row++) units[row * taps + (row % taps)] = 1;
    this.#graph.initializers.set('unit_kernels', Tensor.of(DataType.float32, [channels * taps, 1, ...kernel], units));
    const given = new Map(node.attributes);
    for (const [key, value] of attributes({ group: channels, kernel_shape: kernel })) given.set(key, value);
    if (this.picked) for (const [key, value] of attributes(pickedWindow(node, kernel))) given.set(key, value);
    this.#graph.add(new Node('', 'Conv', ['input', 'unit_kernels'], ['unfolded'], given));
    return 'unfolded';
  }
}

/** The window on picked rows: those that one output row reads lie together, padding among them. */
function pickedWindow(node: Node, kernel: readonly number[]) {
  const rank = kernel.length;
  const replaced = (name: string, first: number): number[] => [first, ...(node.ints(name) ?? new Array<number>(rank).fill(1)).slice(1)];
  const pads = node.ints('pads')?.slice() ?? new Array<number>(2 * rank).fill(0);
  pads[0] = pads[rank] = 0;
  return { strides: replaced('strides', kernel[0]!), dilations: replaced('dilations', 1), pads };
}
