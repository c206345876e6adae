import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { number } from '../../xir/about.ts';
import type { XirOp } from '../../xir/graph.ts';
import { fixOf } from '../../xir/stored.ts';
import { operandList } from './operands.ts';
import type { XirDrawing } from './draw.ts';
import { inOrder } from './match-order.ts';

/** Positions of one tensor in both files: bits behind the binary point. */
export interface Positions {
  /** By the scale of the ONNX model; undefined where it is float there. */
  readonly onnx?: number;
  readonly xir?: number;
}

/** What became of a node of the ONNX model. */
export interface NodeFate {
  readonly node: string;
  readonly op: string;
  /**
   * `same`: an operator of its own; `fused`: part of another's; `folded`: into weights or into nothing, as Identity; `gone`: nothing in the file is
   * known to stand for it.
   */
  readonly became: 'same' | 'fused' | 'folded' | 'gone';
  /** The operator that computes it. */
  readonly xir?: string;
  readonly type?: string;
  readonly device?: string;
  /** How the pair was found: by its name, or by its place among its neighbours. */
  readonly by?: 'name' | 'order';
  readonly result?: Positions;
  readonly weights?: Positions;
  /** Operations as the compiler counted them. */
  readonly workload?: number;
}

export interface XirMatching {
  readonly nodes: readonly NodeFate[];
  /** Operators that no node of the ONNX model stands for: copies to and from the accelerator, transpositions, factors. */
  readonly added: readonly { readonly name: string; readonly type: string; readonly device?: string }[];
  /** Layer of the XIR drawing by the name of the node that it is. */
  readonly layerOf: ReadonlyMap<string, number>;
  /** Nodes whose positions differ. */
  readonly differing: number;
}

/** Which operators of ONNX an operator of XIR may be, by type without `-fix`. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  conv2d: ['Conv', 'Gemm', 'MatMul', 'QLinearConv'],
  'depthwise-conv2d': ['Conv', 'QLinearConv'],
  'transposed-conv2d': ['ConvTranspose'],
  'transposed-depthwise-conv2d': ['ConvTranspose', 'Resize', 'Upsample'],
  matmul: ['Gemm', 'MatMul'],
  'inner-product': ['Gemm', 'MatMul'],
  relu: ['Relu', 'Clip'],
  relu6: ['Clip', 'Relu6'],
  'leaky-relu': ['LeakyRelu'],
  prelu: ['PRelu', 'LeakyRelu'],
  'hard-sigmoid': ['HardSigmoid', 'Sigmoid'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  softmax: ['Softmax'],
  maxpool2d: ['MaxPool', 'GlobalMaxPool'],
  avgpool2d: ['AveragePool', 'GlobalAveragePool', 'ReduceMean'],
  pool: ['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'ReduceMean'],
  reduction_mean: ['ReduceMean', 'GlobalAveragePool'],
  reduction_max: ['ReduceMax'],
  reduction_sum: ['ReduceSum'],
  argmax: ['ArgMax'],
  add: ['Add', 'Sum'],
  sub: ['Sub'],
  mul: ['Mul', 'AveragePool', 'GlobalAveragePool', 'HardSigmoid'],
  div: ['Div'],
  eltwise: ['Add', 'Sum', 'Mul', 'Sub'],
  concat: ['Concat'],
  reshape: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  flatten: ['Flatten', 'Reshape'],
  squeeze: ['Squeeze'],
  transpose: ['Transpose'],
  strided_slice: ['Slice', 'Split'],
  pad: ['Pad'],
  resize: ['Resize', 'Upsample'],
  upsample: ['Resize', 'Upsample'],
  downsample: ['Resize'],
  'pixel-shuffle': ['DepthToSpace', 'SpaceToDepth'],
};
const roundings = ['QuantizeLinear', 'DequantizeLinear'];
/** What the operator before it takes in: compiled convolutions have an activation of their own. */
const fusible = ['Relu', 'Clip', 'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Mul', 'PRelu'];
const vanishing = ['Identity', 'Dropout', 'BatchNormalization', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast', 'Pad'];
const formats = ['fix', 'upload', 'download', 'fix2float', 'float2fix'];

const baseOf = ({ type }: XirOp): string => type.replace(/-fix$/, '');

/** Letters and digits of a name as the exporters write it, without what compilers add behind: "(MoveReshape)", "_fix". */
const plain = (name: string): string => name.slice(0, 300).replaceAll(/\([A-Za-z0-9_]*\)/g, '').replaceAll(/[^0-9A-Za-z]/g, '_').replace(/(_fix|_reshaped)+_?$/, ''); // prettier-ignore

/** Pairs the nodes of a model with the operators of the file that was made from it: by names, then by order; says what became of each node. */
export function matchXir(model: Model, drawing: XirDrawing): XirMatching {
  const { graph } = model;
  const shapes = inferShapes(model).forOnePicture(model);
  const nodes = graph.topologicalOrder().filter((node) => isLayer(graph, node));
  const layers = drawing.layers.map((op, index) => ({ op, index })).filter(({ op }) => !formats.includes(baseOf(op)));
  const pairs = byNames(nodes, layers);
  const named = new Set(pairs.keys());
  inOrder(nodes, layers, pairs, (node, { op }) => likeness(node, op, shapes));
  const layerOf = new Map([...pairs].map(([node, { index }]) => [node.label, index]));
  const fates = nodes.map((node) => fateOf(node, { graph, pairs, named, drawing }));
  const taken = new Set(layerOf.values());
  const added = drawing.layers.flatMap((op, index) => (taken.has(index) || op.type === 'fix' ? [] : [{ name: op.name, type: op.type, ...deviceOf(drawing, op) }])); // prettier-ignore
  return { nodes: fates, added, layerOf, differing: fates.filter(({ result, weights }) => differs(result) || differs(weights)).length };
}

type Layer = { readonly op: XirOp; readonly index: number };

const differs = (positions: Positions | undefined): boolean =>
  positions?.onnx !== undefined && positions.xir !== undefined && positions.onnx !== positions.xir;

/** Nodes that compute on pictures; roundings and what is computed from constants alone are part of others. */
function isLayer(graph: Graph, node: Node): boolean {
  if (roundings.includes(node.op) || node.op === 'Constant') return false;
  return node.inputs.some((input) => input !== '' && !isStored(graph, input));
}

const isStored = (graph: Graph, value: string): boolean => {
  const maker = graph.producer(value);
  if (maker?.op === 'DequantizeLinear' || maker?.op === 'QuantizeLinear') return isStored(graph, maker.inputs[0] ?? '');
  return graph.constant(value) !== undefined;
};

function byNames(nodes: readonly Node[], layers: readonly Layer[]): Map<Node, Layer> {
  const found = new Map<string, Layer[]>();
  for (const layer of layers)
    for (const name of new Set([plain(layer.op.name), plain(layer.op.tensor.name)])) found.set(name, [...(found.get(name) ?? []), layer]);
  const pairs = new Map<Node, Layer>();
  const taken = new Set<Layer>();
  for (const node of nodes) {
    const named = (name: string): Layer[] => (found.get(plain(name)) ?? []).filter((one) => !taken.has(one));
    // A node's own name is enough: its last operator may be of another kind, as a transposition behind a reshape.
    const layer =
      named(node.label)[0] ?? node.outputs.flatMap((name) => (name === '' ? [] : named(name))).find(({ op }) => canBe(node, op));
    if (!layer) continue;
    pairs.set(node, layer);
    taken.add(layer);
  }
  return pairs;
}

const canBe = (node: Node, op: XirOp): boolean => (Object.hasOwn(kinds, baseOf(op)) ? kinds[baseOf(op)]!.includes(node.op) : node.op.toLowerCase() === op.type.toLowerCase()); // prettier-ignore

/** 0: they cannot be the same; more for the same shape. */
function likeness(node: Node, op: XirOp, shapes: Shapes): number {
  if (!canBe(node, op)) return 0;
  const shape = shapes.of(node.outputs[0] ?? '')?.shape;
  const [own, other] = [shape ? sizes(shape) : '', sizes(op.tensor.shape)];
  return own === other ? 3 : 1;
}

/** Sizes larger than one, whatever their order: the formats have another one. */
const sizes = (shape: readonly (number | string | null)[]): string => shape.filter((dim) => dim !== 1).map(String).sort().join('×'); // prettier-ignore

interface Known {
  readonly graph: Graph;
  readonly pairs: ReadonlyMap<Node, Layer>;
  readonly named: ReadonlySet<Node>;
  readonly drawing: XirDrawing;
}

function fateOf(node: Node, known: Known): NodeFate {
  const { graph, pairs, named, drawing } = known;
  const about = { node: node.label, op: node.op };
  const pair = pairs.get(node);
  if (pair) {
    const { op } = pair;
    const workload = number(op.attributes, 'workload');
    return {
      ...about,
      became: 'same',
      xir: op.name,
      type: op.type,
      ...deviceOf(drawing, op),
      by: named.has(node) ? 'name' : 'order',
      ...positionsOf(node, op, known),
      ...(workload > 0 ? { workload } : {}),
    };
  }
  const into = makerOf(node, graph, pairs);
  if (into && fusible.includes(node.op)) return { ...about, became: 'fused', xir: into.op.name, type: into.op.type, ...deviceOf(drawing, into.op), ...positionsOf(node, into.op, known) }; // prettier-ignore
  if (vanishing.includes(node.op)) return { ...about, became: 'folded', ...(into ? { xir: into.op.name, type: into.op.type } : {}) };
  return { ...about, became: 'gone' };
}

/** The matched operator whose result a node reads, through roundings and other nodes that have none of their own. */
function makerOf(node: Node, graph: Graph, pairs: ReadonlyMap<Node, Layer>): Layer | undefined {
  let at: Node | undefined = node;
  for (let steps = 0; at && steps < 16; steps++) {
    const [value]: (string | undefined)[] = at.inputs.filter((input) => input !== '' && !isStored(graph, input));
    at = value === undefined ? undefined : graph.producer(value);
    const found = at && pairs.get(at);
    if (found) return found;
  }
  return undefined;
}

const deviceOf = ({ about }: XirDrawing, { name }: XirOp): { device?: string } => {
  const device = about.deviceOf.get(name);
  return device === undefined ? {} : { device };
};

function positionsOf(node: Node, op: XirOp, { graph, drawing }: Known): Pick<NodeFate, 'result' | 'weights'> {
  const own = resultPosition(graph, node);
  const theirs = fixOf(op).position ?? fixBehind(op, drawing);
  const weight = node.inputs[1] === undefined ? undefined : scalePosition(graph, graph.producer(node.inputs[1]));
  const stored = operandList(op).map(({ name }) => drawing.stored.get(name)?.position).find((position) => position !== undefined); // prettier-ignore
  const both = (onnx: number | undefined, xir: number | undefined): Positions | undefined =>
    onnx === undefined && xir === undefined
      ? undefined
      : { ...(onnx === undefined ? {} : { onnx }), ...(xir === undefined ? {} : { xir }) };
  const [result, weights] = [both(own, theirs), both(weight, stored)];
  return { ...(result ? { result } : {}), ...(weights ? { weights } : {}) };
}

/** Position of the rounding that alone reads a result. */
function fixBehind(op: XirOp, { graph, nodeOf, layers }: XirDrawing): number | undefined {
  const id = nodeOf.get(op.name);
  const readers = graph.edges.filter(({ from, to }) => from === id && layers[to]).map(({ to }) => layers[to]!);
  return readers.length === 1 && readers[0]!.type === 'fix' ? fixOf(readers[0]!).position : undefined;
}

function resultPosition(graph: Graph, node: Node): number | undefined {
  const users = graph.users(node.outputs[0] ?? '');
  return users.length === 1 && users[0]!.node.op === 'QuantizeLinear' ? scalePosition(graph, users[0]!.node) : undefined;
}

/** Of a rounding by a power of two. */
function scalePosition(graph: Graph, node: Node | undefined): number | undefined {
  if (!node || !roundings.includes(node.op)) return undefined;
  const scale = graph.constant(node.inputs[1] ?? '');
  if (!scale?.isLoaded || scale.size !== 1) return undefined;
  const position = -Math.log2(scale.toFloat64()[0]!);
  return Number.isInteger(position) ? position : undefined;
}
