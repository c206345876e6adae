import { DataType, dataTypeName } from '../onnx/data-type.ts';
import { constantTensor, type Node } from '../onnx/node.ts';
import { lookUp, type Scope } from '../ops/infer.ts';
import type { Inferred, OperatorRecord } from '../ops/record.ts';
import { sourceTensor } from './source.ts';

/** What a face is made from: a node where it stands. */
export interface Faced {
  readonly scope: Scope;
  readonly node: Node;
  readonly record: OperatorRecord | undefined;
}

/** Lines on one box: more is read in the side panel. */
const shownLines = 4;
const shownItems = 4;
const shownText = 40;

/** The lines below a node's title: what tells it from others of its operator, then its weights. Short, most important first. */
export function faceOf(at: Faced): string[] {
  return [...traitsOf(at).slice(0, shownLines - 1), ...weightLines(at)].slice(0, shownLines);
}

/** What tells a node from others of its operator: "3×3, stride 2", "depthwise". Short, most important first. */
export const traitsOf = (at: Faced): string[] => (faces[at.node.op] ?? otherFace)(at).filter((line) => line !== '');

/** What a node is like, for finding repeated blocks: its operator and the kind of its kernel, without sizes that change along a network. */
export function likenessOf({ scope, node }: Faced): string {
  if (node.op !== 'Conv' && node.op !== 'QLinearConv' && node.op !== 'FusedConv' && node.op !== 'ConvTranspose') return node.qualifiedOp;
  const kernel = node.ints('kernel_shape') ?? known(scope, node, weightOf(node))?.shape?.slice(2);
  const point = kernel?.every((size) => size === 1) ? ' 1×1' : '';
  return `${node.qualifiedOp}${point}${node.int('group', 1) > 1 ? ' grouped' : ''}`;
}

type Face = (at: Faced) => string[];

const known = (scope: Scope, node: Node, input: number): Inferred | undefined => lookUp(scope, node.inputs[input] ?? '');

const by = (dims: readonly (number | string | null)[]): string => (dims.length === 0 ? 'scalar' : list(dims.map(dimText), '×', 8));
const dimText = (dim: number | string | null): string => (dim === null ? '?' : clip(String(dim)));
const clip = (text: string): string => (text.length > shownText ? `${text.slice(0, shownText)}…` : text);
const list = (items: readonly unknown[], separator = ', ', limit = shownItems): string =>
  items.length > limit ? `${items.slice(0, limit).join(separator)}${separator}…` : items.join(separator);

/** 0.123456 → "0.1235". */
const figure = (value: number): string => String(Number(value.toPrecision(4)));

/** "2" where all are alike, else "2×1". */
const alike = (sizes: readonly number[]): string =>
  sizes.every((size) => size === sizes[0]) ? String(sizes[0]) : sizes.slice(0, shownItems).join('×');

/** An attribute in words, left out where it has its usual value. */
const unless = (usual: number, sizes: readonly number[] | undefined, word: string): string =>
  sizes?.length && sizes.some((size) => size !== usual) ? `${word} ${alike(sizes)}` : '';

const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join(', ');

const weightOf = (node: Node): number => (node.op === 'QLinearConv' ? 3 : 1);

function conv({ scope, node }: Faced): string[] {
  const weight = known(scope, node, weightOf(node))?.shape;
  const kernel = node.ints('kernel_shape') ?? weight?.slice(2) ?? [];
  const group = node.int('group', 1);
  const channels = node.op === 'QLinearConv' ? known(scope, node, 0)?.shape?.[1] : (known(scope, node, 0)?.shape?.[1] ?? weight?.[0]);
  return [
    joined(kernel.length ? by(kernel) : '', unless(1, node.ints('strides'), 'stride'), unless(1, node.ints('dilations'), 'dilation')),
    group === 1 ? '' : channels === group ? 'depthwise' : `groups ${group}`,
  ];
}

const pool: Face = ({ node }) => [
  joined(by(node.ints('kernel_shape') ?? []), unless(1, node.ints('strides'), 'stride')),
  node.int('ceil_mode', 0) ? 'rounded up' : '',
];

const numbers = ({ scope, node }: Faced, input: number, attribute: string): readonly (number | string | null)[] | undefined =>
  node.ints(attribute) ?? known(scope, node, input)?.elements;

const axis =
  (usual: number): Face =>
  ({ node }) => [`axis ${node.int('axis', usual)}`];

const reduce: Face = (at) => {
  const axes = numbers(at, 1, 'axes');
  return [joined(axes?.length ? `axes ${list(axes)}` : 'all axes', at.node.int('keepdims', 1) ? '' : 'dropped')];
};

const reshape: Face = ({ scope, node }) => {
  const shape = lookUp(scope, node.outputs[0] ?? '')?.shape;
  return [shape ? `to ${by(shape)}` : ''];
};

const cast: Face = ({ scope, node }) => {
  const type = lookUp(scope, node.outputs[0] ?? '')?.type;
  return [type ? `to ${dataTypeName(type)}` : ''];
};

const quantized: Face = ({ scope, node }) => {
  const scale = known(scope, node, 1);
  const zero = known(scope, node, 2)?.elements?.[0];
  if (scale?.shape?.length) return [`per channel, axis ${node.int('axis', 1)}`];
  const value = scale?.elements?.[0];
  return [typeof value === 'number' ? joined(`scale ${figure(value)}`, typeof zero === 'number' && zero !== 0 ? `zero ${zero}` : '') : ''];
};

const bounds: Face = ({ scope, node }) => {
  const bound = (input: number, attribute: string): string => {
    const value = known(scope, node, input)?.elements?.[0] ?? (node.attributes.has(attribute) ? node.float(attribute, 0) : undefined);
    return typeof value === 'number' ? figure(value) : '';
  };
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  return [low && high ? `${low} to ${high}` : low ? `from ${low}` : high ? `to ${high}` : ''];
};

const signs: Readonly<Record<string, string>> = { Add: '+', Sub: '−', Mul: '×', Div: '÷', Pow: '^' };

/** "+ 3", "× 1×64×1×1": what a constant adds to the only value that comes in. */
const arithmetic: Face = ({ scope, node }) => {
  const constant = node.inputs.findIndex((name) => sourceTensor(scope, name) !== undefined);
  if (constant < 0) return [];
  const value = known(scope, node, constant);
  const [only] = value?.elements?.length === 1 ? value.elements : [];
  const text = typeof only === 'number' ? figure(only) : value?.shape ? by(value.shape) : '';
  return [text && constant === 1 ? `${signs[node.op] ?? ''} ${text}`.trim() : text && `${text} ${signs[node.op] ?? ''}`.trim()];
};

const slice: Face = (at) => {
  const [starts, ends, axes] = [numbers(at, 1, 'starts'), numbers(at, 2, 'ends'), numbers(at, 3, 'axes')];
  if (!starts || !ends || starts.length > 3) return [];
  return starts.map((start, i) => {
    const end = ends[i];
    const last = typeof end === 'number' && Math.abs(end) > 1e9 ? 'end' : dimText(end ?? null);
    return `axis ${dimText(axes?.[i] ?? i)}: ${dimText(start)} to ${last}`;
  });
};

const resize: Face = ({ scope, node }) => {
  const shape = known(scope, node, 0)?.shape;
  const out = lookUp(scope, node.outputs[0] ?? '')?.shape;
  const ratios = shape?.map((dim, i) => (typeof dim === 'number' && typeof out?.[i] === 'number' && dim > 0 ? out[i] / dim : 1)) ?? [];
  const changed = ratios.filter((ratio) => ratio !== 1);
  return [
    joined(
      changed.length ? `×${list(changed.every((ratio) => ratio === changed[0]) ? [figure(changed[0]!)] : changed.map(figure), ' ×')}` : '',
      clip(node.string('mode', 'nearest')),
    ),
  ];
};

const recurrent: Face = ({ node }) => [joined(`hidden ${node.int('hidden_size', 0)}`, clip(node.string('direction', 'forward')))];

const constant: Face = ({ node }) => {
  const tensor = constantTensor(node);
  if (!tensor) return [];
  return [tensor.size === 1 && tensor.isLoaded ? figure(tensor.toFloat64()[0]!) : `${dataTypeName(tensor.type)} ${by(tensor.dims)}`];
};

/** Operators with a face of their own; others show their attributes. */
const faces: Readonly<Record<string, Face>> = {
  Conv: conv,
  FusedConv: conv,
  QLinearConv: conv,
  ConvInteger: conv,
  ConvTranspose: conv,
  DeformConv: conv,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  QLinearAveragePool: pool,
  Concat: axis(0),
  Gather: axis(0),
  GatherElements: axis(0),
  Softmax: axis(-1),
  LogSoftmax: axis(-1),
  Hardmax: axis(-1),
  ArgMax: axis(0),
  ArgMin: axis(0),
  LayerNormalization: axis(-1),
  Flatten: reshape,
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Expand: reshape,
  Tile: reshape,
  Transpose: ({ node }) => [node.ints('perm') ? `axes ${list(node.ints('perm')!, ', ', 6)}` : 'reversed'],
  Cast: cast,
  CastLike: cast,
  QuantizeLinear: quantized,
  DequantizeLinear: quantized,
  Clip: bounds,
  LeakyRelu: ({ node }) => [`slope ${figure(node.float('alpha', 0.01))}`],
  Elu: ({ node }) => [`alpha ${figure(node.float('alpha', 1))}`],
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Pow: arithmetic,
  Slice: slice,
  Split: (at) => {
    const parts = numbers(at, 1, 'split');
    return [joined(`axis ${at.node.int('axis', 0)}`, parts ? `into ${list(parts)}` : '')];
  },
  Pad: (at) => {
    const pads = numbers(at, 1, 'pads');
    return [joined(clip(at.node.string('mode', 'constant')), pads ? `by ${list(pads, ', ', 8)}` : '')];
  },
  Resize: resize,
  Upsample: resize,
  DepthToSpace: ({ node }) => [`block ${node.int('blocksize', 1)}`],
  SpaceToDepth: ({ node }) => [`block ${node.int('blocksize', 1)}`],
  Gemm: ({ node }) => [joined(node.int('transA', 0) ? 'A transposed' : '', node.int('transB', 0) ? 'B transposed' : '')],
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  Constant: constant,
  Einsum: ({ node }) => [clip(node.string('equation', ''))],
  BatchNormalization: () => [],
  ...Object.fromEntries(
    ['Mean', 'Sum', 'Prod', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'].map((name) => [`Reduce${name}`, reduce]),
  ),
};

/** Attributes as they stand in the file. */
function otherFace({ node }: Faced): string[] {
  const lines: string[] = [];
  for (const [name, attribute] of node.attributes) {
    if (lines.length === shownLines) break;
    const { kind } = attribute;
    if (kind === 'int') lines.push(clip(`${name} ${attribute.value}`));
    else if (kind === 'float') lines.push(clip(`${name} ${figure(attribute.value)}`));
    else if (kind === 'ints') lines.push(clip(`${name} ${list(attribute.value)}`));
    else if (kind === 'string') lines.push(clip(`${name} ${node.string(name, '').slice(0, shownText)}`));
  }
  return lines;
}

/** "W 64×3×3×3", "W 64×3×3×3 int8": the tensors an operator learned, biases left to the side panel. */
function weightLines({ scope, node, record }: Faced): string[] {
  const [index] = record?.weights ?? [];
  if (index === undefined) return [];
  const name = node.inputs[index] ?? '';
  const tensor = sourceTensor(scope, name);
  if (!tensor) return [];
  const known = lookUp(scope, name);
  // No weight is stored as int64: that is the shape which a ConstantOfShape fills.
  const stored = dataTypeName(tensor.type === DataType.int64 ? (known?.type ?? tensor.type) : tensor.type);
  return [`W ${by(known?.shape ?? tensor.dims)}${stored === 'float32' ? '' : ` ${stored}`}`];
}
