import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, MacCounter, OperatorRecord } from './record.ts';
import { formatShape, sizeOf } from './shape/dims.ts';
import { agree, broadcastShapes, commonType, ranked, shapeAt, shapeError, tensorOf } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** [M, K] · [K, N] with either side transposed (Gemm-1 to -13). */
export function gemmShape(context: InferenceContext, a: number, b: number): readonly Dim[] | undefined {
  const { node } = context;
  const [left, right] = [ranked(context, a, 2), ranked(context, b, 2)];
  const [transA, transB] = [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0];
  if (left && right) agree(node, 'the summed dimension', left[transA ? 0 : 1]!, right[transB ? 1 : 0]!);
  return [left?.[transA ? 1 : 0] ?? null, right?.[transB ? 0 : 1] ?? null];
}

/** M × N × K. */
export const gemmMacs =
  (a: number): MacCounter =>
  (node, inputs, outputs) => {
    const size = sizeOf(outputs[0]?.shape);
    const depth = inputs[a]?.shape?.[node.int('transA', 0) !== 0 ? 0 : 1];
    return size === null || typeof depth !== 'number' ? undefined : size * depth;
  };

export const gemmChannelAxis = (node: Node): number => (node.int('transB', 0) !== 0 ? 0 : 1);

const gemm: OperatorRecord = {
  op: 'Gemm',
  since: 1,
  summary: 'Matrix product alpha · A · B + beta · C: a fully connected layer.',
  macs: gemmMacs(0),
  weights: [1, 2],
  quantize: { kind: 'compute', activation: 0, weight: 1, bias: 2, channelAxis: gemmChannelAxis },
  infer(context) {
    const shape = gemmShape(context, 0, 1);
    const added = shapeAt(context, 2);
    if (shape && added && (context.opset >= 7 || context.node.domain !== '')) {
      const both = broadcastShapes(context.node, [shape, added]);
      const grown = both && (both.length > 2 || both.some((dim, axis) => shape[axis] === 1 && typeof dim === 'number' && dim !== 1));
      if (grown) throw shapeError(context.node, `cannot add ${formatShape(added)} to a product of shape ${formatShape(shape)}`);
    }
    return [tensorOf(commonType(context, [0, 1, 2]), shape)];
  },
};

export const records: readonly OperatorRecord[] = withGradients([
  gemm,
  {
    ...gemm,
    op: 'FusedGemm',
    domain: 'com.microsoft',
    summary: 'Matrix product with a fused activation.',
    quantize: noIntegerKernel('FusedGemm'),
  },
]);
