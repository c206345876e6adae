import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, MacCounter, OperatorRecord } from './record.ts';
import { productOf, sizeOf } from './shape/dims.ts';
import { agree, commonType, dimAt, rankedAtLeast, shapeAt, shapeError, tensorOf } from './shape/operand.ts';
import { convolve, windowOf } from './shape/window.ts';

/**
 * Output shape of a convolution [N, C, spatial…] * [M, C / group, kernel…] (ONNX Conv-1 to Conv-22): every spatial axis slides by itself.
 * `data`, `weight` and `bias` are input indices, which differ between Conv, ConvInteger and QLinearConv.
 */
export function convShape(context: InferenceContext, data: number, weight: number, bias?: number): readonly Dim[] | undefined {
  const { node } = context;
  const input = rankedAtLeast(context, data, 3);
  const kernels = shapeAt(context, weight);
  if (!input) return undefined;
  if (kernels && kernels.length !== input.length) {
    throw shapeError(node, `has weights of rank ${kernels.length} on an input of rank ${input.length}`);
  }
  const rank = input.length - 2;
  const group = node.int('group', 1);
  const [channels, filters] = [input[1]!, dimAt(kernels, 0)];
  if (group < 1) throw shapeError(node, `has group ${group}; expected at least 1`);
  const perGroup = dimAt(kernels, 1);
  if (typeof perGroup === 'number') agree(node, `input channels (weights: ${perGroup} × group ${group})`, channels, perGroup * group);
  if (typeof filters === 'number' && filters % group !== 0)
    throw shapeError(node, `has ${filters} filters, not a multiple of group ${group}`);
  const kernel = declaredKernel(node, kernels?.slice(2), rank);
  if (bias !== undefined) agreeBias(context, bias, filters);
  const window = windowOf(node, kernel, rank);
  return [input[0]!, filters, ...input.slice(2).map((dim, axis) => convolve(node, window, dim, axis))];
}

/** The attribute `kernel_shape` is optional and must agree with the weights. */
export function declaredKernel(node: Node, weights: readonly Dim[] | undefined, rank: number): readonly Dim[] {
  const declared = node.ints('kernel_shape');
  if (!declared?.length) return weights ?? Array<Dim>(rank).fill(null);
  if (!weights) return declared;
  if (declared.length !== weights.length)
    throw shapeError(node, `has kernel_shape [${declared.join(',')}] for a kernel of ${weights.length} axes`);
  return declared.map((size, axis) => agree(node, `kernel_shape on axis ${axis}`, size, weights[axis]!));
}

/** A bias is one value per output channel. */
export function agreeBias(context: InferenceContext, index: number, channels: Dim): void {
  const bias = shapeAt(context, index);
  if (!bias) return;
  if (bias.length !== 1) throw shapeError(context.node, `has a bias of rank ${bias.length}; expected 1`);
  agree(context.node, 'the bias and output channels', bias[0]!, channels);
}

/** Every output element takes (C / group) × kernel multiply-adds. */
export const convMacs =
  (weight: number): MacCounter =>
  (_node, inputs, outputs) => {
    const size = sizeOf(outputs[0]?.shape);
    const each = inputs[weight]?.shape && productOf(inputs[weight]!.shape!.slice(1));
    return size === null || each === null || each === undefined ? undefined : size * each;
  };

const infer = (context: InferenceContext): (Inferred | undefined)[] => [
  tensorOf(commonType(context, [0, 1, 2]), convShape(context, 0, 1, 2)),
];

const conv: OperatorRecord = {
  op: 'Conv',
  since: 1,
  summary: 'Convolution over any number of spatial axes, with groups and dilation.',
  infer,
  macs: convMacs(1),
  weights: [1, 2],
  quantize: { kind: 'compute', activation: 0, weight: 1, bias: 2, channelAxis: () => 0 },
};

export const records: readonly OperatorRecord[] = withGradients([
  conv,
  {
    ...conv,
    op: 'FusedConv',
    domain: 'com.microsoft',
    summary: 'Convolution with a fused activation and an optional summand.',
    infer: (context) => [tensorOf(commonType(context, [0, 1, 2, 3]), convShape(context, 0, 1, 2))],
  },
]);
