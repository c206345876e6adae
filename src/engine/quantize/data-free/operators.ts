import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { findOperator } from '../../ops/index.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import {
  added,
  bounded,
  clipped,
  combined,
  mapped,
  multiplied,
  negated,
  pooled,
  rangeOfNormal,
  type ChannelNormals,
} from './channel-normals.ts';
import { clippedMoments, type ClippedNormal } from './clipped-normal.ts';
import { linearResult } from './linear-result.ts';

export interface OperatorContext {
  readonly model: Model;
  readonly graph: Graph;
  readonly shapes: Shapes;
  /** What is known of an operand; undefined: nothing, or it is no number. */
  input(index: number): ChannelNormals | undefined;
}

type Rule = (node: Node, context: OperatorContext) => ChannelNormals | undefined;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));
const unit = (x: number): number => Math.max(0, Math.min(1, x));

/** Functions of one element, with the node's attributes filled in. */
const functions: Readonly<Record<string, (node: Node) => (x: number) => number>> = {
  LeakyRelu: (node) => slope(node.float('alpha', 0.01)),
  Sigmoid: () => sigmoid,
  HardSigmoid: (node) => (x) => unit(node.float('alpha', 0.2) * x + node.float('beta', 0.5)),
  HardSwish: () => (x) => x * unit(x / 6 + 0.5),
  Tanh: () => Math.tanh,
  Elu: (node) => (x) => (x > 0 ? x : node.float('alpha', 1) * Math.expm1(x)),
  Selu: (node) => (x) => node.float('gamma', 1.0507009873554805) * (x > 0 ? x : node.float('alpha', 1.6732632423543772) * Math.expm1(x)),
  Celu: (node) => (x) => Math.max(0, x) + Math.min(0, node.float('alpha', 1) * Math.expm1(x / node.float('alpha', 1))),
  Softplus: () => softplus,
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  Mish: () => (x) => x * Math.tanh(softplus(x)),
  Swish: (node) => (x) => x * sigmoid(node.float('alpha', 1) * x),
  QuickGelu: (node) => (x) => x * sigmoid(node.float('alpha', 1.702) * x),
  // The tanh form is within 0.0005 of the exact one.
  Gelu: () => (x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3))),
  Abs: () => Math.abs,
  Neg: () => (x) => -x,
};

const slope =
  (alpha: number) =>
  (x: number): number =>
    x >= 0 ? x : alpha * x;

const rules: Readonly<Record<string, Rule>> = {
  Conv: linearResult,
  ConvTranspose: linearResult,
  Gemm: linearResult,
  MatMul: linearResult,
  Relu: clamp,
  Clip: clamp,
  PRelu: (_, { input }) => {
    const [x, slopes] = [input(0), input(1)];
    return x && slopes && combined(x, slopes, (value, alpha) => mapped(value, slope(alpha.center)));
  },
  Add: sum,
  Sum: sum,
  Sub: (_, { input }) => both(input(0), input(1), (a, b) => added(a, negated(b))),
  Mul: (_, { input }) => both(input(0), input(1), multiplied),
  Div: (_, { input }) => both(input(0), input(1)?.map(inverse), multiplied),
  AveragePool: (node, context) =>
    averaged(
      context,
      (node.ints('kernel_shape') ?? []).reduce((a, b) => a * b, 1),
    ),
  GlobalAveragePool: (node, context) => averaged(context, positions(context, node)),
  ReduceMean: (node, context) => averaged(context, positions(context, node)),
  MaxPool: (_, { input }) => input(0),
  GlobalMaxPool: (_, { input }) => input(0),
  Identity: (_, { input }) => input(0),
  Dropout: (_, { input }) => input(0),
  Cast: (_, { input }) => input(0),
  Resize: (_, { input }) => input(0),
  Upsample: (_, { input }) => input(0),
  Pad: (_, { input }) =>
    input(0)?.map((normal) => ({
      ...normal,
      low: Math.min(0, normal.low),
      high: Math.max(0, normal.high),
      range: aroundZero(rangeOfNormal(normal)),
    })),
  Flatten: flattened,
  Reshape: flattened,
  Squeeze: flattened,
  Concat: concatenated,
  Softmax: () => [bounded(0.5, 0.5, 0, 1)],
};

/**
 * What a node makes of its operands' distributions; undefined where no rule is known. Values whose elements are only moved keep their
 * distribution, with all channels taken together.
 */
export function resultOfNode(node: Node, context: OperatorContext): ChannelNormals | undefined {
  const f = functions[node.op]?.(node);
  if (f) return context.input(0)?.map((normal) => mapped(normal, f));
  const rule = node.domain === '' ? rules[node.op] : undefined;
  const found = rule ? rule(node, context) : moved(node, context);
  return found?.every(({ center, spread }) => Number.isFinite(center) && Number.isFinite(spread)) ? found : undefined;
}

const aroundZero = ({ low, high }: { low: number; high: number }): { low: number; high: number } => ({
  low: Math.min(0, low),
  high: Math.max(0, high),
});

function moved(node: Node, { model, input }: OperatorContext): ChannelNormals | undefined {
  const role = findOperator(node, model)?.quantize;
  const normals = role?.kind === 'same-scale' ? input(role.input) : undefined;
  return normals && [pooled(normals)];
}

function clamp(node: Node, { graph, input }: OperatorContext): ChannelNormals | undefined {
  const bounds = clampBounds(node, graph);
  return bounds && input(0)?.map((normal) => clipped(normal, bounds.low, bounds.high));
}

function both(
  a: ChannelNormals | undefined,
  b: ChannelNormals | undefined,
  f: (a: ClippedNormal, b: ClippedNormal) => ClippedNormal,
): ChannelNormals | undefined {
  return a && b && combined(a, b, f);
}

function sum(node: Node, { input }: OperatorContext): ChannelNormals | undefined {
  return node.inputs.map((_, index) => input(index)).reduce((a, b) => both(a, b, added));
}

/** Only of what is constant: a divisor that may be zero has no range. */
const inverse = ({ center, spread }: ClippedNormal): ClippedNormal => {
  const value = spread === 0 ? 1 / center : NaN;
  return { center: value, spread: 0, low: value, high: value };
};

/** Neighbours in a picture are alike: elements of a window of 4 x 4 count as one. */
const alike = 16;

/** The mean of `count` positions: as many independent ones as `alike` leaves. */
function averaged({ input }: OperatorContext, count: number): ChannelNormals | undefined {
  return input(0)?.map((normal) => {
    const { mean, deviation } = clippedMoments(normal);
    const { low, high } = rangeOfNormal(normal);
    return bounded(mean, deviation / Math.sqrt(Math.max(1, count / alike)), low, high);
  });
}

/** Positions of the picture that come to one result; 1 where sizes are not known. */
function positions({ shapes }: OperatorContext, node: Node): number {
  const size = (value: string): number | undefined => {
    const dims = shapes.of(value)?.shape?.slice(1);
    return dims?.every((dim) => typeof dim === 'number') ? dims.reduce((a, b) => a * b, 1) : undefined;
  };
  const [from, to] = [size(node.inputs[0]!), size(node.outputs[0]!)];
  return from !== undefined && to ? Math.max(1, from / to) : 1;
}

/** [N, C, …] to [N, C * …] keeps channels apart. */
function flattened(node: Node, { shapes, input }: OperatorContext): ChannelNormals | undefined {
  const normals = input(0);
  const [from, to] = [shapes.of(node.inputs[0]!)?.shape, shapes.of(node.outputs[0]!)?.shape];
  const [channels, after] = [from?.[1], to?.[1]];
  if (!normals || to?.length !== 2 || typeof after !== 'number' || channels !== normals.length || after % normals.length !== 0)
    return normals && [pooled(normals)];
  const block = after / normals.length;
  return Array.from({ length: after }, (_, i) => normals[Math.floor(i / block)]!);
}

function concatenated(node: Node, { shapes, input }: OperatorContext): ChannelNormals | undefined {
  const parts = node.inputs.map((_, index) => input(index));
  if (!parts.every((part): part is ChannelNormals => part !== undefined)) return undefined;
  const rank = shapes.of(node.outputs[0]!)?.shape?.length ?? 0;
  const axis = node.int('axis', 0);
  const channels = node.inputs.map((value) => shapes.of(value)?.shape?.[1]);
  if ((axis < 0 ? axis + rank : axis) !== 1 || !channels.every((count): count is number => typeof count === 'number')) {
    return [pooled(parts.map(pooled))];
  }
  return parts.flatMap((part, i) => (part.length === channels[i] ? part : Array.from({ length: channels[i]! }, () => pooled(part))));
}

/** A constant beside a value of `rank` dimensions: one number for each channel where it is that, otherwise all of its numbers together. */
export function constantNormals(tensor: Tensor, rank: number | undefined): ChannelNormals | undefined {
  if (tensor.type !== DataType.float32 || tensor.size === 0) return undefined;
  const values = tensor.toFloat64();
  const fixed = (value: number): ClippedNormal => ({ center: value, spread: 0, low: value, high: value });
  const dims = rank === undefined ? tensor.dims : [...Array<number>(Math.max(0, rank - tensor.dims.length)).fill(1), ...tensor.dims];
  const byChannel = dims.every((dim, axis) => dim === 1 || axis === 1);
  if (byChannel || values.length === 1) return Array.from(values, fixed);
  return [pooled(Array.from(values, fixed))];
}
