import type { Context } from '../base/context.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Graph, Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts';
import type { PictureMoments, ProductShape } from './second-moment.ts';

/** Positions of one picture that are looked at: neighbours differ little, and so many say enough. */
const enoughPositions = 256;

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

/**
 * Sums of products for one picture, computed by ONNX Runtime in float32: the layer's input is laid out as its matrix product reads it (for
 * a convolution by a depthwise convolution of unit kernels, which brings stride, dilation, padding and groups along) and multiplied by
 * itself and by what the layer should give.
 */
export class MomentProbe {
  private constructor(
    readonly shape: ProductShape,
    readonly sampled: boolean,
    readonly session: Session,
  ) {}

  static async load(node: Node, dims: readonly number[], shape: ProductShape, runtime: Runtime, context: Context): Promise<MomentProbe> {
    const sampled = node.op === 'Conv';
    const bytes = encodeModel(momentModel(node, dims, shape, sampled));
    return new MomentProbe(shape, sampled, await runtime.load(bytes, { optimize: 'all', threads: context.threads }));
  }

  /** `index`: the picture's place in the dataset; with it the rows that are looked at move on. */
  async measure(input: RuntimeTensor, target: RuntimeTensor, index: number): Promise<PictureMoments> {
    const feeds: Record<string, RuntimeTensor> = { input, target };
    let positions = target.dims.reduce((a, b) => a * b, 1) / (this.shape.groups * this.shape.outputs);
    if (this.sampled) {
      const height = target.dims[2]!;
      const rows = sampledRows(height, positions / height, index);
      feeds['rows'] = { type: DataType.int64, dims: [rows.length], data: rows };
      positions *= rows.length / height;
    }
    const found = await this.session.run(feeds);
    const take = (name: string): Float32Array => found[name]!.data as Float32Array;
    return {
      positions,
      products: take('products'),
      inputs: take('inputs'),
      targets: take('targets'),
      targetSquares: take('squares'),
    };
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** Every so many rows of a picture, so that about `enoughPositions` remain; the first row moves from picture to picture. */
export function sampledRows(height: number, perRow: number, index: number): BigInt64Array {
  const step = Math.max(1, Math.min(height, Math.floor((height * perRow) / enoughPositions)));
  const first = index % step;
  return BigInt64Array.from({ length: Math.ceil((height - first) / step) }, (_, i) => BigInt(first + i * step));
}

function momentModel(node: Node, dims: readonly number[], { groups, depth, outputs }: ProductShape, sampled: boolean): Model {
  const graph = new Graph();
  const float = (name: string) => ({ name, type: { kind: 'tensor' as const, elementType: DataType.float32 } });
  graph.inputs = [float('input'), float('target')];
  if (sampled) graph.inputs = [...graph.inputs, { name: 'rows', type: { kind: 'tensor', elementType: DataType.int64, shape: [null] } }];
  const add = (op: string, inputs: string[], output: string, given: Parameters<typeof attributes>[0] = {}, domain = ''): string => {
    graph.add(new Node('', op, inputs, [output], attributes(given), domain));
    return output;
  };
  const reshaped = (value: string, shape: readonly number[]): string => {
    graph.initializers.set(`${value}_shape`, Tensor.int64([shape.length], shape));
    return add('Reshape', [value, `${value}_shape`], `${value}_rows`);
  };
  const picked = (value: string): string => (sampled ? add('Gather', [value, 'rows'], `${value}_picked`, { axis: 2 }) : value);
  let x: string;
  let y: string;
  if (node.op === 'Conv') {
    x = reshaped(picked(unfolded(graph, node, dims)), [0, groups, depth, -1]);
    y = reshaped(picked('target'), [0, groups, outputs, -1]);
  } else {
    // [positions, depth] to [1, 1, depth, positions].
    x = add('Transpose', [reshaped('input', [1, 1, -1, depth])], 'x', { perm: [0, 1, 3, 2] });
    y = add('Transpose', [reshaped('target', [1, 1, -1, outputs])], 'y', { perm: [0, 1, 3, 2] });
  }
  const both = add('Concat', [x, y], 'both', { axis: 2 });
  const products = add('FusedMatMul', [x, both], 'products_each', { transB: 1 }, 'com.microsoft');
  const sum = (value: string, axes: number[], output: string): void => {
    graph.initializers.set(`${output}_axes`, Tensor.int64([axes.length], axes));
    add('ReduceSum', [value, `${output}_axes`], output, { keepdims: 0 });
  };
  sum(products, [0], 'products');
  sum(x, [0, 3], 'inputs');
  sum(y, [0, 3], 'targets');
  add('ReduceSumSquare', [y], 'squares', { axes: [0, 3], keepdims: 0 });
  graph.outputs = ['products', 'inputs', 'targets', 'squares'].map(float);
  const model = new Model(graph);
  model.opsets.set('', 13);
  model.opsets.set('com.microsoft', 1);
  return model;
}

/** [N, C, …] to [N, C * taps, …]: at every output position the inputs that the kernel meets there, zeros where it lies on padding. */
function unfolded(graph: Graph, node: Node, dims: readonly number[]): string {
  const channels = dims[1]! * node.int('group', 1);
  const kernel = dims.slice(2);
  const taps = kernel.reduce((a, b) => a * b, 1);
  const units = new Float32Array(channels * taps * taps);
  for (let row = 0; row < channels * taps; row++) units[row * taps + (row % taps)] = 1;
  graph.initializers.set('unit_kernels', Tensor.of(DataType.float32, [channels * taps, 1, ...kernel], units));
  const given = new Map(node.attributes);
  for (const [key, value] of attributes({ group: channels, kernel_shape: kernel })) given.set(key, value);
  graph.add(new Node('', 'Conv', ['input', 'unit_kernels'], ['unfolded'], given));
  return 'unfolded';
}
