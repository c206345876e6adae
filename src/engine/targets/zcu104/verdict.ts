import type { Dim, Graph, Node } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import { isDepthwise, isDpuSlope, weightsBehind } from './fusing.ts';

/** Of DPUCZDX8G_ISA1_B4096 (target_factory, arch.json): channels it works on at once, channels at most, weights of one bank. */
const parallel = 16;
const mostChannels = 4096;
const bankDepth = 2048;
const largestKernel = 16;
const [largestAluKernel, largestPadBefore, largestPadAfter] = [256, 15, 255];

/**
 * Why the DPU leaves a node to the CPU, in words; undefined: it takes it, as far as its own attributes say. (vai_q_pytorch 3.5
 * dpu_op_filter.py; UG1414 3.5, "Currently Supported Operators".)
 */
export function dpuRefusal(graph: Graph, node: Node, shapes: Shapes): string | undefined {
  switch (node.op) {
    case 'Conv':
      return convolution(graph, node);
    case 'ConvTranspose':
      return transposed(graph, node);
    case 'Gemm':
    case 'MatMul':
      return product(graph, node);
    case 'MaxPool':
    case 'AveragePool':
      return pool(node);
    case 'LeakyRelu':
      return isDpuSlope(node)
        ? undefined
        : `the DPU has LeakyReLU with slope 26/256 only, not ${Number(node.float('alpha', 0.01).toPrecision(6))}`;
    case 'HardSigmoid':
      return node.float('alpha', 0.2) === Math.fround(1 / 6) && node.float('beta', 0.5) === 0.5
        ? undefined
        : 'the DPU has HardSigmoid with slope 1/6 and offset 1/2 only';
    case 'Pad':
      return node.string('mode', 'constant') === 'constant' ? undefined : `the DPU does not pad in mode ${node.string('mode', 'constant')}`;
    case 'Add':
    case 'Mul':
      return elementwise(graph, node, shapes);
    default:
      return undefined;
  }
}

function convolution(graph: Graph, node: Node): string | undefined {
  const dims = weightsBehind(graph, node.inputs[1] ?? '')?.dims;
  if (!dims) return undefined;
  const [outChannels = 0, inChannels = 0, ...kernel] = dims;
  if (kernel.length !== 2) return `the DPU convolves in two dimensions, not ${kernel.length}`;
  const depthwise = isDepthwise(graph, node);
  const strides = node.ints('strides') ?? [1, 1];
  const all = depthwise ? outChannels : inChannels * node.int('group', 1);
  if (depthwise) {
    if (Math.max(...kernel) > largestAluKernel) return `its kernel of ${kernel.join('×')} is larger than ${largestAluKernel}`;
    const [height = 1, width = 1] = node.ints('dilations') ?? [];
    if (height !== width) return 'the DPU dilates depthwise convolutions alike in both directions only';
  } else {
    if (Math.max(...kernel) > largestKernel) return `its kernel of ${kernel.join('×')} is larger than ${largestKernel}`;
    if (Math.max(...strides) > 8) return `its stride of ${Math.max(...strides)} is larger than 8`;
  }
  return sizes(kernel, depthwise ? 1 : inChannels, all, outChannels) ?? pads(node, kernel, depthwise);
}

function transposed(graph: Graph, node: Node): string | undefined {
  const dims = weightsBehind(graph, node.inputs[1] ?? '')?.dims;
  if (!dims) return undefined;
  const [inChannels = 0, outChannels = 0, ...kernel] = dims;
  if (kernel.length !== 2) return `the DPU convolves in two dimensions, not ${kernel.length}`;
  if (node.int('group', 1) !== 1) return 'the DPU has no transposed convolution in groups';
  if ((node.ints('output_padding') ?? []).some((size) => size !== 0)) return 'the DPU has no output_padding';
  const strides = node.ints('strides') ?? [1, 1];
  const steps = kernel.map((size, axis) => Math.ceil(size / strides[axis]!));
  if (Math.max(...steps) > largestKernel) return `its kernel of ${kernel.join('×')} is larger than ${largestKernel} strides`;
  return sizes(kernel, inChannels, inChannels, outChannels);
}

function product(graph: Graph, node: Node): string | undefined {
  const dims = weightsBehind(graph, node.inputs[1] ?? '')?.dims;
  if (!dims) return 'the DPU multiplies by constant weights only';
  if (dims.length !== 2) return 'the DPU multiplies by one matrix of weights';
  const [rows = 0, columns = 0] = node.int('transB', 0) ? [dims[1], dims[0]] : dims;
  return sizes([1, 1], rows, rows, columns);
}

/** Weights of one group of output channels must fit a bank. */
function sizes(kernel: readonly number[], depth: number, inChannels: number, outChannels: number): string | undefined {
  const words = kernel.reduce((a, b) => a * b, 1) * Math.ceil(depth / parallel);
  if (words > bankDepth)
    return `its kernel of ${kernel.join('×')} over ${depth} channels takes ${words} words of weights, more than ${bankDepth}`;
  const channels = Math.max(inChannels, outChannels);
  return channels > mostChannels ? `it has ${channels} channels, more than ${mostChannels}` : undefined;
}

function pads(node: Node, kernel: readonly number[], depthwise: boolean): string | undefined {
  const dilations = node.ints('dilations') ?? [1, 1];
  const given = node.ints('pads') ?? [];
  const rank = kernel.length;
  const wrong = given.some((pad, index) => {
    if (depthwise) return pad < 0 || pad > (index < rank ? largestPadBefore : largestPadAfter);
    return pad < 0 || pad > (kernel[index % rank]! - 1) * dilations[index % rank]! + 1;
  });
  return wrong ? `its pads [${given.join(', ')}] are larger than the DPU's` : undefined;
}

function pool(node: Node): string | undefined {
  const kernel = node.ints('kernel_shape') ?? [];
  if (kernel.length !== 2) return `the DPU pools in two dimensions, not ${kernel.length}`;
  if (Math.max(...kernel) > largestAluKernel) return `its window of ${kernel.join('×')} is larger than ${largestAluKernel}`;
  return pads(node, kernel, true);
}

/** Operands of one shape; Mul also over height and width, and by a constant of one element or one a channel. */
function elementwise(graph: Graph, node: Node, shapes: Shapes): string | undefined {
  const [first, second] = node.inputs.map((input) => weightsBehind(graph, input)?.dims ?? shapes.of(input, graph)?.shape);
  if (!first || !second || sameShape(first, second)) return undefined;
  if (node.op === 'Add') return 'the DPU adds operands of one shape only';
  const small = first.length === 4 && first.slice(2).every((dim) => dim === 1) ? first : second;
  const perChannel =
    small.length === 4
      ? small.slice(2).every((dim) => dim === 1)
      : small.length === 0 || (small.length === 3 && small.slice(1).every((dim) => dim === 1));
  const single = [first, second].some((dims) => dims.every((dim) => dim === 1));
  return perChannel || single ? undefined : 'the DPU multiplies operands of one shape, or one factor a channel';
}

/** Sizes that are not known do not differ. */
const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis] || typeof dim !== 'number' || typeof b[axis] !== 'number');
