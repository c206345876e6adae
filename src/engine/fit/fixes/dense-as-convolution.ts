import type { Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { floatConstant, soleReader } from '../../simplify/edit.ts';
import { byChannel } from '../../simplify/linear.ts';
import { emit, integers, replaceNode, store } from '../build.ts';
import { isFloat32, isOp, mapOf, sizesOf, type Fix, type FitScope } from '../fix.ts';
import { wordsOf } from '../words.ts';

export const denseAsConvolution: Fix = {
  id: 'dense-as-convolution',
  title: 'Write it as a convolution over the whole map',
  effect: 'exact',
  finds: 'Gemm or MatMul with constant weights that reads a flattened feature map of more than one pixel.',
  does: "A convolution whose kernel is the map, and a Reshape behind: VGG's 25088 inputs are 7×7 over 512 channels.",
  source:
    'The DPU keeps channels last: flattening more than one pixel takes a transpose on the CPU, and a fully connected layer is a convolution of at most 4096 channels (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const { graph, board } = scope;
    const product = productOf(node, scope);
    const flat = product && graph.producer(node.inputs[0]!);
    if (!product || !isOp(flat, 'Flatten', 'Reshape') || soleReader(graph, flat.outputs[0]!) !== node) return undefined;
    const map = mapOf(scope, flat.inputs[0]);
    const { rows, columns } = product;
    if (!map || map.height * map.width === 1 || map.channels * map.height * map.width !== rows) return undefined;
    if (columns > board.channels || map.channels > board.channels) return undefined;
    const kernel = [map.height, map.width];
    if (kernel.some((side) => side > board.convolution.kernel) || wordsOf(kernel, map.channels, board) > board.bankDepth) return undefined;
    return {
      nodes: [node.label, flat.label],
      message: `${rows} inputs become ${kernel.join('×')} over ${map.channels} channels`,
      apply() {
        const inputs = [
          flat.inputs[0]!,
          store(graph, `${node.label}/kernel`, Tensor.float32([columns, map.channels, ...kernel], product.weights())),
        ];
        const bias = product.bias();
        if (bias) inputs.push(store(graph, `${node.label}/bias`, Tensor.float32([columns], bias)));
        const result = emit(graph, `${node.label}/convolution`, 'Conv', inputs, { kernel_shape: kernel });
        replaceNode(graph, node, 'Reshape', [result, integers(graph, `${node.label}/shape`, [0, columns])]);
        graph.remove(flat);
        return undefined;
      },
    };
  },
};

interface Product {
  readonly rows: number;
  readonly columns: number;
  /** [columns, rows] */
  weights(): Float32Array;
  bias(): Float64Array | undefined;
}

/** Sizes are looked at first: the matrix of a large classifier has hundreds of megabytes. */
function productOf(node: Node, scope: FitScope): Product | undefined {
  const { graph } = scope;
  if (!isOp(node, 'Gemm', 'MatMul') || !isFloat32(scope, node.outputs[0]) || sizesOf(scope, node.inputs[0])?.length !== 2) return undefined;
  const stored = graph.constant(node.inputs[1] ?? '');
  if (stored?.dims.length !== 2 || !stored.isLoaded || node.int('transA', 0) !== 0) return undefined;
  const turned = node.op === 'Gemm' && node.int('transB', 0) !== 0;
  const [rows, columns] = (turned ? [stored.dims[1], stored.dims[0]] : stored.dims) as [number, number];
  const bias = node.op === 'Gemm' && node.inputs[2] ? floatConstant(graph, node.inputs[2]) : undefined;
  const added = bias && byChannel(bias, 2, columns);
  if (node.op === 'Gemm' && node.inputs[2] && !added) return undefined;
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  const weights = (): Float32Array => {
    const values = stored.toFloat32();
    if (turned) return alpha === 1 ? values : values.map((value) => alpha * value);
    return Float32Array.from(values, (_, i) => alpha * values[(i % rows) * columns + Math.floor(i / rows)]!);
  };
  return { rows, columns, weights, bias: () => added?.map((value) => beta * value) };
}
