import { Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { floatConstant, soleReader } from '../../simplify/edit.ts';
import { linearLayer } from '../../simplify/linear.ts';
import { emit, pickChannels, rebuilt, store } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix, type FitScope } from '../fix.ts';
import { chainOf, copyRows } from '../rows.ts';
import { evenParts, mostChannels, wordsOf } from '../words.ts';

export const splitChannels: Fix = {
  id: 'split-channels',
  title: 'Split the input channels and add up',
  effect: 'exact',
  finds: 'Conv whose weights are more than a bank holds, or that reads more channels than a feature map may have.',
  does: 'Convolutions over parts of the channels whose results are added: of a Concat its operands, of a convolution its parts, else what a 1×1 convolution picks.',
  source:
    'UG1414 3.5, "kernel_w · kernel_h · ceil(input_channel / 16) ≤ 2048"; Xilinx/Vitis-AI #320; channels of 4096 at most (dpu_op_filter.py).',
  match(node, scope) {
    const { graph, board } = scope;
    const [outputs, inputs = 0, ...kernel] =
      isOp(node, 'Conv') && node.int('group', 1) === 1 ? (graph.constant(node.inputs[1] ?? '')?.dims ?? []) : [];
    if (outputs === undefined || kernel.length !== 2 || kernel.some((side) => side > board.convolution.kernel)) return undefined;
    if (wordsOf(kernel, inputs, board) <= board.bankDepth && inputs <= board.channels) return undefined;
    const most = mostChannels(kernel, board);
    const known = isFloat32(scope, node.outputs[0]) && linearLayer(graph, node) !== undefined;
    const parts = known && most > 0 ? partsOf(node, scope, inputs, most) : undefined;
    if (!parts) return undefined;
    const sizes = parts.map(({ size }) => size);
    return {
      nodes: [node.label],
      message: `${kernel.join('×')} over ${inputs} channels becomes ${parts.length} convolutions over ${sizes.join(', ')}, added up`,
      apply() {
        const weight = floatConstant(graph, node.inputs[1])!;
        let from = 0;
        const results = parts.map(({ size, make }, i) => {
          const label = `${node.label}/part${i}`;
          const own = columns(weight.values, weight.dims, from, size);
          const stored = store(graph, `${label}/weight`, Tensor.float32([weight.dims[0]!, size, ...kernel], own));
          const output = graph.uniqueName(label);
          graph.add(rebuilt(node, [make(i), stored, ...(i === 0 ? node.inputs.slice(2) : [])], [output], label));
          from += size;
          return output;
        });
        graph.remove(node);
        const sum = results.slice(0, -1).reduce((left, right, i) => emit(graph, `${node.label}/sum${i}`, 'Add', [left, right]));
        graph.add(new Node(node.label, 'Add', [sum, results.at(-1)!], [...node.outputs]));
        return undefined;
      },
    };
  },
};

/** Part of the input channels, and what makes it. */
interface Part {
  readonly size: number;
  make(index: number): string;
}

function partsOf(node: Node, scope: FitScope, channels: number, most: number): Part[] | undefined {
  const { graph, board } = scope;
  const value = node.inputs[0]!;
  const maker = graph.producer(value);
  if (isOp(maker, 'Concat') && [1, -3].includes(maker.int('axis', 0))) {
    const sizes = maker.inputs.map((input) => mapOf(scope, input)?.channels ?? Infinity);
    if (sizes.length > 1 && sizes.every((size) => size <= most))
      return maker.inputs.map((input, i) => ({ size: sizes[i]!, make: () => input }));
  }
  const sizes = evenParts(channels, most, board.channelParallel.input);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const chain = soleReader(graph, value) === node ? chainOf(graph, value) : undefined;
  if (chain) {
    return sizes.map((size, i) => ({
      size,
      make() {
        const result = copyRows(graph, chain, starts[i]!, size, `part${i}`);
        if (i === sizes.length - 1) graph.remove(chain.conv, ...chain.activations);
        return result;
      },
    }));
  }
  // More channels than a feature map has cannot be picked from either.
  if (channels > board.channels) return undefined;
  return sizes.map((size, i) => ({
    size,
    make: () =>
      pickChannels(
        graph,
        `${node.label}/pick${i}`,
        value,
        channels,
        Array.from({ length: size }, (_, k) => starts[i]! + k),
      ),
  }));
}

/** Columns `from` to `from + size` of weights [rows, columns, …]. */
function columns(values: Float64Array, [rows = 0, all = 0, ...kernel]: readonly number[], from: number, size: number): Float32Array {
  const area = kernel.reduce((a, b) => a * b, 1);
  const own = new Float32Array(rows * size * area);
  for (let row = 0; row < rows; row++) {
    const start = (row * all + from) * area;
    own.set(values.subarray(start, start + size * area), row * size * area);
  }
  return own;
}
