import { LatheError } from '../../base/errors.ts';
import type { XirGraph, XirOp } from '../graph.ts';
import { OpAttributes } from '../read-attributes.ts';
import { concat, reduceMax, reduceMean, reduceSum, softmax, stack } from './along-axis.ts';
import { constant } from './constant.ts';
import { convolution, depthwiseConvolution, transposedConvolution, transposedDepthwiseConvolution } from './convolution.ts';
import { add, divide, hardSigmoid, leakyRelu, multiply, relu, relu6, sigmoid, subtract, tanh } from './elementwise.ts';
import { fix } from './fix.ts';
import { matmul } from './matmul.ts';
import { pad, pixelShuffle, reshape, stridedSlice, transpose } from './move.ts';
import { elements, type Evaluate, type Operands, type Values } from './operator.ts';
import { averagePool, maxPool } from './pooling.ts';
import { resize } from './resize.ts';

export type { Values } from './operator.ts';

/** Operators of a quantized graph by their type. */
const operators: Readonly<Record<string, Evaluate>> = {
  const: constant,
  fix,
  conv2d: convolution,
  'depthwise-conv2d': depthwiseConvolution,
  'transposed-conv2d': transposedConvolution,
  'transposed-depthwise-conv2d': transposedDepthwiseConvolution,
  relu,
  relu6,
  'leaky-relu': leakyRelu,
  'hard-sigmoid': hardSigmoid,
  sigmoid,
  tanh,
  softmax,
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  maxpool2d: maxPool,
  avgpool2d: averagePool,
  reduction_mean: reduceMean,
  reduction_max: reduceMax,
  reduction_sum: reduceSum,
  concat,
  stack,
  reshape,
  flatten: reshape,
  squeeze: reshape,
  transpose,
  strided_slice: stridedSlice,
  pad,
  'pixel-shuffle': pixelShuffle,
  matmul,
  resize,
};

/** Larger results are not computed: what a real feature map has is a thousandth of it. */
const mostElements = 1 << 28;

/**
 * Computes every value of a quantized graph as the vendor's cpu-runner does, bit for bit. `inputs`: float32 in the shape of each `data` op, by its
 * name; any other op that is named there takes the value instead of being computed. Throws LatheError: `xir.operator` for an operator that it
 * does not know, `xir.input` for a missing or wrong input, `xir.order`, `xir.attribute`.
 */
export function evaluateXir(graph: XirGraph, inputs: ReadonlyMap<string, Float32Array>): Map<string, Values> {
  const ops = new Map(graph.ops.map((op) => [op.name, op]));
  const readers = readersOf(graph);
  const results = new Map<string, Values>();
  for (const op of graph.ops) {
    const { shape } = op.tensor;
    if (!(elements(shape) <= mostElements))
      throw new LatheError('xir.shape', `its result [${shape.join(', ')}] is too large`, { node: op.name });
    const given = inputs.get(op.name);
    const result = given ?? operatorOf(op)(operandsOf(op, ops, readers, results));
    const values = result instanceof Float32Array ? { shape, data: result } : { shape, ...result };
    if (values.data.length !== elements(shape)) {
      const message = `${values.data.length} values do not have the stored shape [${shape.join(', ')}]`;
      throw new LatheError(given ? 'xir.input' : 'xir.shape', message, { node: op.name });
    }
    results.set(op.name, values);
  }
  return results;
}

function operatorOf(op: XirOp): Evaluate {
  const found = Object.hasOwn(operators, op.type) ? operators[op.type] : undefined;
  if (found) return found;
  if (op.type === 'data') throw new LatheError('xir.input', 'no values were given for this input', { node: op.name });
  throw new LatheError('xir.operator', `the operator ${op.type} cannot be simulated`, { node: op.name });
}

function readersOf(graph: XirGraph): Map<string, XirOp[]> {
  const readers = new Map<string, XirOp[]>();
  for (const op of graph.ops) for (const name of [...op.inputs.values()].flat()) readers.set(name, [...(readers.get(name) ?? []), op]);
  return readers;
}

function operandsOf(
  op: XirOp,
  ops: ReadonlyMap<string, XirOp>,
  readers: ReadonlyMap<string, XirOp[]>,
  results: ReadonlyMap<string, Values>,
): Operands {
  const all = (name: string): Values[] =>
    (op.inputs.get(name) ?? []).map((from) => {
      const found = results.get(from);
      if (found) return found;
      const why = ops.has(from) ? 'stands behind it in the file' : 'is not in the graph';
      throw new LatheError('xir.order', `its ${name} ${JSON.stringify(from)} ${why}`, { node: op.name });
    });
  const maybe = (name: string): Values | undefined => all(name)[0];
  const one = (name: string): Values => {
    const found = maybe(name);
    if (!found) throw new LatheError('xir.input', `the ${op.type} has no ${name}`, { node: op.name });
    return found;
  };
  return {
    op,
    attributes: new OpAttributes(op),
    shape: op.tensor.shape,
    all,
    one,
    maybe,
    makers: (name) => (op.inputs.get(name) ?? []).map((from) => ops.get(from)!),
    readers: (of) => readers.get(of.name) ?? [],
  };
}
