import type { Graph, Model, Node } from '../../src/engine/onnx/graph.ts';
import { operandFix, resultOf } from '../../src/engine/targets/zcu104/fixes.ts';

/** Integer codes of one picture's feature map: [channels, height, width]. */
export interface Codes {
  readonly dims: readonly [number, number, number];
  readonly data: Int32Array;
}

const saturated = (value: number): number => Math.max(-128, Math.min(127, value));
/** Shift by `bits` (to the right where positive), halves up. */
const shifted = (value: number, bits: number): number =>
  bits <= 0 ? value * 2 ** -bits : Math.floor((value + 2 ** (bits - 1)) / 2 ** bits);

/**
 * What the DPU computes of a chain of Conv, Add and MaxPool with their activations, in integers alone: written from the hardware's rules and not from the
 * simulation, to hold one against the other. Returns the codes behind every QuantizeLinear by the name of its input.
 */
export function dpuCodes({ graph }: Model, input: ArrayLike<number>, dims: readonly [number, number, number]): Map<string, Codes> {
  const codes = new Map<string, Codes>();
  const behind = (value: string): Codes => codes.get(graph.producer(graph.producer(value)!.inputs[0]!)!.inputs[0]!)!;
  const [name] = graph.inputs.map((info) => info.name) as [string];
  const first = operandFix(graph, graph.users(graph.users(name)[0]!.node.outputs[0]!)[0]!.node.outputs[0]!)!;
  codes.set(name, { dims, data: Int32Array.from(input, (x) => saturated(Math.floor(x * 2 ** first.position + 0.5))) });
  for (const node of graph.topologicalOrder()) {
    if (!['Conv', 'Add', 'MaxPool'].includes(node.op)) continue;
    const { between, fix } = resultOf(graph, node);
    const last = between.at(-1)?.outputs[0] ?? node.outputs[0]!;
    const made =
      node.op === 'Conv'
        ? convolve(graph, node, behind(node.inputs[0]!))
        : node.op === 'Add'
          ? add(graph, node, behind)
          : pool(node, behind(node.inputs[0]!), operandFix(graph, node.inputs[0]!)!.position);
    const activated = made.data.map((value) => activate(value, made.position, between));
    codes.set(last, {
      dims: made.dims,
      data: Int32Array.from(activated, (value) => saturated(shifted(value, made.position + leakyBits(between) - fix!.position))),
    });
  }
  return codes;
}

interface Sums {
  readonly dims: readonly [number, number, number];
  readonly data: Float64Array;
  readonly position: number;
}

const leakyBits = (between: readonly Node[]): number => (between.some(({ op }) => op === 'LeakyRelu') ? 8 : 0);

function activate(value: number, position: number, between: readonly Node[]): number {
  let result = value;
  for (const { op } of between) {
    if (op === 'Relu') result = Math.max(0, result);
    else if (op === 'Clip') result = Math.max(0, Math.min(6 * 2 ** position, result));
    else if (op === 'LeakyRelu') result = result >= 0 ? result * 256 : result * 26;
  }
  return result;
}

const integers = (graph: Graph, value: string): Float64Array => graph.constant(graph.producer(value)!.inputs[0]!)!.toFloat64();

function convolve(graph: Graph, node: Node, input: Codes): Sums {
  const [source, weights, bias = ''] = node.inputs as [string, string, string?];
  const [outChannels = 0, depth = 0, kh = 0, kw = 0] = graph.constant(graph.producer(weights)!.inputs[0]!)!.dims;
  const w = integers(graph, weights);
  const position = operandFix(graph, source)!.position + operandFix(graph, weights)!.position;
  const b = bias === '' ? undefined : integers(graph, bias);
  const shift = b ? position - operandFix(graph, bias)!.position : 0;
  const [, height, width] = input.dims;
  const [top, left, bottom, right] = node.ints('pads') ?? [0, 0, 0, 0];
  const [sy, sx] = node.ints('strides') ?? [1, 1];
  const group = node.int('group', 1);
  const oh = Math.floor((height + top! + bottom! - kh) / sy!) + 1;
  const ow = Math.floor((width + left! + right! - kw) / sx!) + 1;
  // A bias finer than the sum needs more bits below the point.
  const extra = Math.max(0, -shift);
  const data = new Float64Array(outChannels * oh * ow);
  for (let o = 0; o < outChannels; o++) {
    const firstIn = Math.floor(o / (outChannels / group)) * depth;
    for (let y = 0; y < oh; y++) {
      for (let x = 0; x < ow; x++) {
        let sum = 0;
        for (let c = 0; c < depth; c++) {
          for (let i = 0; i < kh; i++) {
            for (let j = 0; j < kw; j++) {
              const [iy, ix] = [y * sy! + i - top!, x * sx! + j - left!];
              if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
              sum += input.data[((firstIn + c) * height + iy) * width + ix]! * w[((o * depth + c) * kh + i) * kw + j]!;
            }
          }
        }
        data[(o * oh + y) * ow + x] = sum * 2 ** extra + (b ? b[o]! * 2 ** (shift + extra) : 0);
      }
    }
  }
  return { dims: [outChannels, oh, ow], data, position: position + extra };
}

/** Operands are shifted to two bits below the coarser of them; what is finer is cut. */
function add(graph: Graph, node: Node, behind: (value: string) => Codes): Sums {
  const positions = node.inputs.map((input) => operandFix(graph, input)!.position);
  const position = Math.min(...positions) + 2;
  const operands = node.inputs.map(behind);
  const data = new Float64Array(operands[0]!.data.length);
  operands.forEach((operand, index) =>
    operand.data.forEach((code, i) => (data[i]! += Math.floor(code * 2 ** (position - positions[index]!)))),
  );
  return { dims: operands[0]!.dims, data, position };
}

function pool(node: Node, input: Codes, position: number): Sums {
  const [channels, height, width] = input.dims;
  const [kh, kw] = node.ints('kernel_shape') as [number, number];
  const [sy, sx] = (node.ints('strides') ?? [1, 1]) as [number, number];
  const [oh, ow] = [Math.floor((height - kh) / sy) + 1, Math.floor((width - kw) / sx) + 1];
  const data = new Float64Array(channels * oh * ow).fill(-Infinity);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < oh; y++)
      for (let x = 0; x < ow; x++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const at = (c * oh + y) * ow + x;
            data[at] = Math.max(data[at]!, input.data[(c * height + y * sy + i) * width + x * sx + j]!);
          }
  return { dims: [channels, oh, ow], data, position };
}
