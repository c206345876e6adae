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

/** Between these bounds an activation function hands a value on; at and beyond them it does not. */
export interface OpenRange {
  readonly low: number;
  readonly high: number;
}

/**
 * The model that computes, for given `weights` [groups, outputs, depth] and `bias` [groups, outputs, 1], what their outputs lack as far as the activation function
 * behind them lets it be seen: sums of x rᵀ (`cross`), of r (`targets`) and of r² (`squares`). Where target + skip lies beyond a bound, r is only the way back to
 * that bound. `skip` is what is added to the layer's output before the activation function, zeros where nothing is.
 */
export function residualModel(node: Node, dims: readonly number[], shape: ProductShape, picked: boolean, range: OpenRange): Model {
  return new MomentGraph(node, dims, shape, picked).residuals(range);
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
    const x = this.#inputColumns();
    const y = this.#columns('target', this.shape.outputs);
    this.#add('FusedMatMul', [x, x], 'products', { transB: 1 }, 'com.microsoft');
    this.#add('FusedMatMul', [x, y], 'cross', { transB: 1 }, 'com.microsoft');
    this.#sum(x, 'inputs');
    this.#sum(y, 'targets');
    this.#add('ReduceSumSquare', [y], 'squares', { axes: [2], keepdims: 0 });
    return this.#model(['input', 'target'], ['products', 'inputs', 'cross', 'targets', 'squares']);
  }

  residuals({ low, high }: OpenRange): Model {
    const x = this.#inputColumns();
    const skip = this.#columns('skip', this.shape.outputs);
    const wanted = this.#add('Add', [this.#columns('target', this.shape.outputs), skip], 'wanted');
    const made = this.#add('Add', [this.#add('Add', [this.#add('MatMul', ['weights', x], 'product'), 'bias'], 'own'), skip], 'made');
    let lacking = this.#add('Sub', [wanted, made], 'gap');
    const bounds = [
      ['low', low, 'LessOrEqual', 'Min'],
      ['high', high, 'GreaterOrEqual', 'Max'],
    ] as const;
    for (const [name, bound, beyond, nearer] of bounds) {
      if (!Number.isFinite(bound)) continue;
      this.#graph.initializers.set(name, Tensor.float32([], [bound]));
      this.#graph.initializers.set('zero', Tensor.float32([], [0]));
      const back = this.#add(nearer, [this.#add('Sub', [name, made], `to_${name}`), 'zero'], `back_to_${name}`);
      lacking = this.#add('Where', [this.#add(beyond, [wanted, name], `beyond_${name}`), back, lacking], `lacking_${name}`);
    }
    this.#add('FusedMatMul', [x, lacking], 'cross', { transB: 1 }, 'com.microsoft');
    this.#sum(lacking, 'targets');
    this.#add('ReduceSumSquare', [lacking], 'squares', { axes: [2], keepdims: 0 });
    return this.#model(['input', 'target', 'skip', 'weights', 'bias'], ['cross', 'targets', 'squares']);
  }

  #model(inputs: readonly string[], outputs: readonly string[]): Model {
    const named = (name: string) => ({ name, type: { kind: 'tensor' as const, elementType: DataType.float32 } });
    this.#graph.inputs = inputs.map(named);
    this.#graph.outputs = outputs.map(named);
    const model = new Model(this.#graph);
    model.opsets.set('', 13);
    model.opsets.set('com.microsoft', 1);
    return model;
  }

  #inputColumns(): string {
    return this.#columns(this.node.op === 'Conv' ? this.#unfolded() : 'input', this.shape.depth);
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
