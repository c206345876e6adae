import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, MacCounter, OperatorRecord, QuantizeRole } from './record.ts';
import { sizeOf } from './shape/dims.ts';
import { agree, broadcastShapes, commonType, rankedAtLeast, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** numpy.matmul: batch axes broadcast, a vector on either side is taken as row or column and its axis dropped again. */
export function matmulShapes(context: InferenceContext, left?: readonly Dim[], right?: readonly Dim[]): readonly Dim[] | undefined {
  const { node } = context;
  if (!left || !right) return undefined;
  if (left.length === 0 || right.length === 0) throw shapeError(node, 'has a scalar operand; expected at least one dimension');
  const a = left.length === 1 ? [1, left[0]!] : left;
  const b = right.length === 1 ? [right[0]!, 1] : right;
  agree(node, 'the summed dimension', a[a.length - 1]!, b[b.length - 2]!);
  const batch = broadcastShapes(node, [a.slice(0, -2), b.slice(0, -2)]) ?? [];
  const rows = left.length === 1 ? [] : [a[a.length - 2]!];
  const columns = right.length === 1 ? [] : [b[b.length - 1]!];
  return [...batch, ...rows, ...columns];
}

/** Output elements × summed dimension. */
export const matmulMacs =
  (a: number): MacCounter =>
  (_node, inputs, outputs) => {
    const size = sizeOf(outputs[0]?.shape);
    const depth = inputs[a]?.shape?.at(-1);
    return size === null || typeof depth !== 'number' ? undefined : size * depth;
  };

const compute: QuantizeRole = {
  kind: 'compute',
  activation: 0,
  weight: 1,
  channelAxis: (_node, rank) => (rank >= 2 ? rank - 1 : undefined),
};

/** FusedMatMul: optional transposes of the last two axes (transBatch swaps them with the batch axes and is left unknown). */
function fusedShape(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  if (node.int('transBatchA', 0) !== 0 || node.int('transBatchB', 0) !== 0) return undefined;
  const turned = (index: number, name: string): readonly Dim[] | undefined => {
    const shape = shapeAt(context, index);
    if (!shape || shape.length < 2 || node.int(name, 0) === 0) return shape;
    return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
  };
  return matmulShapes(context, turned(0, 'transA'), turned(1, 'transB'));
}

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'MatMul',
    since: 1,
    summary: 'Matrix product, batched as numpy.matmul.',
    macs: matmulMacs(0),
    weights: [1],
    quantize: compute,
    infer: (context) => [tensorOf(commonType(context, [0, 1]), matmulShapes(context, shapeAt(context, 0), shapeAt(context, 1)))],
  },
  {
    op: 'FusedMatMul',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Matrix product with fused transposes and scale.',
    weights: [1],
    quantize: noIntegerKernel('FusedMatMul'),
    infer: (context) => [tensorOf(commonType(context, [0, 1]), fusedShape(context))],
    macs(node, inputs, outputs) {
      const size = sizeOf(outputs[0]?.shape);
      const depth = inputs[0]?.shape?.at(node.int('transA', 0) !== 0 && inputs[0].shape.length > 1 ? -2 : -1);
      return size === null || typeof depth !== 'number' ? undefined : size * depth;
    },
  },
  {
    op: 'MatMulNBits',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Matrix product with weights of 2 to 8 bits in blocks.',
    weights: [1],
    settings: [2, 3, 4],
    packedBits: (node) => node.int('bits', 4),
    infer(context) {
      const { node } = context;
      const input = rankedAtLeast(context, 0, 1);
      if (input) agree(node, 'the summed dimension', input.at(-1)!, node.int('K') ?? null);
      return [tensorOf(typeAt(context, 0), input && [...input.slice(0, -1), node.int('N') ?? null])];
    },
    macs: matmulMacs(0),
  },
]);
