import { LatheError } from '../../base/errors.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { inferShapes } from '../../ops/infer.ts';

/** Operators behind a head that work for any number of classes. */
const passing = new Set([
  'AveragePool', 'Cast', 'Clip', 'Dropout', 'Flatten', 'GlobalAveragePool', 'GlobalMaxPool', 'HardSigmoid', 'Identity', 'LogSoftmax', 'MaxPool', 'ReduceMean', 'Relu', 'Reshape',
  'Sigmoid', 'Softmax', 'Squeeze', 'Tanh', 'Transpose', 'Unsqueeze',
]); // prettier-ignore

/** Pass with a single number beside them. */
const arithmetic = new Set(['Add', 'Sub', 'Mul', 'Div']);

/** The layer that makes the classes, and what lies behind it. */
interface Head {
  readonly node: Node;
  /** Input that holds the weights, and the axis of the classes in it. */
  readonly axis: number;
  /** Nodes with a bias for each class, and the inputs that hold them. */
  readonly biases: readonly { readonly node: Node; readonly index: number }[];
  /** Nodes from here to the output. */
  readonly behind: readonly Node[];
}

export interface HeadChange {
  /** Label of the replaced layer. */
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Gives a classifier a new last layer for `classes` classes, in place: a Gemm, a MatMul with its Add, or a 1×1 Conv, also with pooling, reshapes and an activation behind. The
 * layer keeps its name; weights begin uniform within ±1/√inputs (LeCun et al. 1998, "Efficient BackProp", as PyTorch's layers do), biases at 0. Other layers stay as they
 * are. undefined where the model has that many classes already. Throws `training.head` where the end of the model is no such layer.
 */
export function replaceHead(model: Model, classes: number, seed: number): HeadChange | undefined {
  const { graph } = model;
  const head = findHead(model);
  const weight = graph.initializers.get(head.node.inputs[1]!)!;
  const from = weight.dims[head.axis]!;
  if (from === classes) return undefined;
  const dims = weight.dims.map((dim, axis) => (axis === head.axis ? classes : dim));
  replaceInput(graph, head.node, 1, uniform(dims, classes, seededRandom(seed, `head ${head.node.label}`)));
  for (const { node, index } of head.biases) {
    const old = graph.initializers.get(node.inputs[index]!)!;
    const shape = old.dims.map((dim) => (dim === from ? classes : dim));
    replaceInput(graph, node, index, Tensor.float32(shape, new Float32Array(old.size === from ? classes : old.size)));
  }
  for (const node of head.behind) widenReshape(graph, node, from, classes);
  declareOutput(model);
  graph.prune();
  return { layer: head.node.label, from, to: classes };
}

/** Follows the first output back to the layer that makes it. */
function findHead(model: Model): Head {
  const { graph } = model;
  const [output] = graph.outputs;
  const behind: Node[] = [];
  const biases: { node: Node; index: number }[] = [];
  let value = output?.name ?? '';
  for (let node = graph.producer(value); node; node = graph.producer(value)) {
    const found = headAt(graph, node);
    if (found) return { ...found, biases: [...biases, ...found.biases], behind };
    const [next, other] = node.op === 'Add' && graph.initializers.has(node.inputs[0] ?? '') ? [1, 0] : [0, 1];
    const constant = graph.constant(node.inputs[other] ?? '');
    if (node.op === 'Add' && constant && constant.size > 1) biases.push({ node, index: other });
    else if (!passing.has(node.op) && !(arithmetic.has(node.op) && constant?.size === 1)) throw noHead(model, node);
    behind.push(node);
    value = node.inputs[next] ?? '';
  }
  throw noHead(model, undefined);
}

function headAt(graph: Graph, node: Node): Pick<Head, 'node' | 'axis' | 'biases'> | undefined {
  const weight = graph.initializers.get(node.inputs[1] ?? '');
  if (node.domain !== '' || weight?.type !== DataType.float32) return undefined;
  const isLinear = node.op === 'Gemm' && node.int('transA', 0) === 0;
  const isMatMul = node.op === 'MatMul' && weight.dims.length === 2;
  const isConv = node.op === 'Conv' && node.int('group', 1) === 1 && weight.dims.slice(2).every((dim) => dim === 1);
  if (!isLinear && !isMatMul && !isConv) return undefined;
  const axis = isConv || (isLinear && node.int('transB', 0) === 1) ? 0 : 1;
  return { node, axis, biases: graph.initializers.has(node.inputs[2] ?? '') ? [{ node, index: 2 }] : [] };
}

/** A constant of its own for this input; others that read the old one keep it. */
function replaceInput(graph: Graph, node: Node, index: number, tensor: Tensor): void {
  const name = node.inputs[index]!;
  if (graph.users(name).length === 1) {
    graph.initializers.set(name, tensor);
    return;
  }
  const own = graph.uniqueName(name);
  graph.initializers.set(own, tensor);
  graph.setInput(node, index, own);
}

function uniform(dims: readonly number[], classes: number, random: Random): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const bound = 1 / Math.sqrt(size / classes);
  return Tensor.float32(
    dims,
    Float32Array.from({ length: size }, () => bound * (2 * random.next() - 1)),
  );
}

/** Shapes that name the number of classes. */
function widenReshape(graph: Graph, node: Node, from: number, to: number): void {
  const shape = node.op === 'Reshape' ? graph.initializers.get(node.inputs[1] ?? '') : undefined;
  const dims = shape?.toIntegers();
  if (!dims?.includes(from)) return;
  const place = dims.lastIndexOf(from);
  replaceInput(graph, node, 1, Tensor.int64([dims.length], dims.with(place, to)));
}

/** Shapes of before are no longer true; that of the output is inferred anew, with its own name for the batch. */
function declareOutput(model: Model): void {
  const { graph } = model;
  const [declared, ...others] = graph.outputs;
  graph.valueInfo.clear();
  if (declared?.type?.kind !== 'tensor') return;
  const { elementType, shape } = declared.type;
  graph.outputs = [{ name: declared.name, type: { kind: 'tensor', elementType } }, ...others];
  const found = inferShapes(model).of(declared.name)?.shape;
  if (!found) return;
  const named = found.map((dim, axis) => (typeof dim === 'number' ? dim : (shape?.[axis] ?? dim)));
  graph.outputs = [{ name: declared.name, type: { kind: 'tensor', elementType, shape: named } }, ...others];
}

function noHead(model: Model, node: Node | undefined): LatheError {
  const place = { file: model.path, ...(node ? { node: node.label } : {}) };
  const hint = 'A new number of classes needs a model that ends in a Gemm, a MatMul or a 1×1 Conv with constant float weights.';
  return new LatheError('training.head', `no last layer is found whose classes could be changed${node ? ` (${node.op})` : ''}`, {
    ...place,
    hint,
  });
}
