import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { agreeBias, declaredKernel } from './conv.ts';
import { multiplyDims, productOf, sizeOf } from './shape/dims.ts';
import { agree, commonType, dimAt, rankedAtLeast, shapeAt, shapeError, tensorOf } from './shape/operand.ts';
import { windowOf, type Window } from './shape/window.ts';

/**
 * (in - 1) · stride + output_padding + extent - pads, as ONNX Runtime's conv_transpose_attributes.h. With auto_pad SAME the pads are what
 * brings it down to in · stride; `output_shape` states the result and pads follow from it.
 */
function grow(node: Node, window: Window, input: Dim, axis: number, stated: number | undefined, extra: number): Dim {
  const [stride, dilation, kernel] = [window.strides[axis]!, window.dilations[axis]!, window.kernel[axis]!];
  if (stated !== undefined) return stated;
  if (typeof kernel !== 'number') return null;
  const extent = dilation * (kernel - 1) + 1;
  const same = window.autoPad.startsWith('SAME');
  const pads = window.autoPad === 'NOTSET' ? window.padsBegin[axis]! + window.padsEnd[axis]! : 0;
  if (typeof input !== 'number') {
    const kept = stride === 1 && (same ? extra + extent >= 1 : extra + extent - pads === 1);
    return kept ? input : null;
  }
  const full = (input - 1) * stride + extra + extent;
  const size = full - (same ? Math.max(0, full - input * stride) : pads);
  if (size < 0) throw shapeError(node, `has pads larger than its output on spatial axis ${axis}`);
  return size;
}

function transposedShape(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  const input = rankedAtLeast(context, 0, 3);
  const kernels = shapeAt(context, 1);
  if (!input) return undefined;
  if (kernels && kernels.length !== input.length) {
    throw shapeError(node, `has weights of rank ${kernels.length} on an input of rank ${input.length}`);
  }
  const rank = input.length - 2;
  agree(node, 'input channels', input[1]!, dimAt(kernels, 0));
  const channels = multiplyDims(dimAt(kernels, 1), node.int('group', 1));
  agreeBias(context, 2, channels);
  const window = windowOf(node, declaredKernel(node, kernels?.slice(2), rank), rank);
  const extra = node.ints('output_padding') ?? [];
  const stated = node.ints('output_shape') ?? [];
  if (extra.length && extra.length !== rank)
    throw shapeError(node, `has ${extra.length} values of output_padding for ${rank} spatial axes`);
  if (stated.length && stated.length !== rank && stated.length !== rank + 2) {
    throw shapeError(node, `has ${stated.length} values of output_shape for ${rank} spatial axes`);
  }
  const sizes = stated.slice(stated.length - rank);
  return [input[0]!, channels, ...input.slice(2).map((dim, axis) => grow(node, window, dim, axis, sizes[axis], extra[axis] ?? 0))];
}

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'ConvTranspose',
    since: 1,
    summary: 'Transposed convolution: scatters every input element through the kernel.',
    weights: [1, 2],
    quantize: {
      kind: 'compute',
      activation: 0,
      weight: 1,
      bias: 2,
      // Weights are [C, M / group, kernel…]: with groups no single axis runs over all M output channels.
      channelAxis: (node) => (node.int('group', 1) === 1 ? 1 : undefined),
      noIntegerKernel: "ONNX Runtime's CPU provider has no integer ConvTranspose: it runs in float",
    },
    infer: (context) => [tensorOf(commonType(context, [0, 1, 2]), transposedShape(context))],
    /** Every input element meets (M / group) × kernel weights. */
    macs(_node, inputs) {
      const size = sizeOf(inputs[0]?.shape);
      const each = inputs[1]?.shape && productOf(inputs[1].shape.slice(1));
      return size === null || each === null || each === undefined ? undefined : size * each;
    },
  },
]);
