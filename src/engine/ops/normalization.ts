import type { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { agree, dimAt, normalAxis, rankedAtLeast, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** Per-channel vectors at `indices` must be as long as axis 1 of the data. */
function agreeChannels(context: InferenceContext, indices: readonly number[]): void {
  const channels = dimAt(shapeAt(context, 0), 1);
  for (const index of indices) {
    const vector = shapeAt(context, index);
    if (!vector) continue;
    if (vector.length !== 1)
      throw shapeError(context.node, `has an input ${index} of rank ${vector.length}; expected one value per channel`);
    agree(context.node, `channels and input ${index}`, channels, vector[0]!);
  }
}

function batchNormalization(context: InferenceContext): (Inferred | undefined)[] {
  const { node, opset } = context;
  const data = rankedAtLeast(context, 0, 1);
  if (data && data.length === 1 && opset >= 9) return [tensorOf(typeAt(context, 0), data)];
  if (opset >= 9 || node.int('spatial', 1) !== 0) agreeChannels(context, [1, 2, 3, 4]);
  const vector = tensorOf(typeAt(context, 3), shapeAt(context, 3));
  return [tensorOf(typeAt(context, 0), data), ...node.outputs.slice(1).map(() => vector)];
}

/** Mean and inverse deviation keep the axes before `axis` and have size 1 behind (LayerNormalization-17). */
function layerNormalization(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const data = rankedAtLeast(context, 0, 1);
  const axis = data ? normalAxis(node, node.int('axis', -1), data.length) : 0;
  const kept: readonly Dim[] | undefined = data?.map((dim, i) => (i < axis ? dim : 1));
  const statistic = tensorOf(node.int('stash_type', 1) as DataType, kept);
  return [tensorOf(typeAt(context, 0), data), ...node.outputs.slice(1).map(() => statistic)];
}

/** Normalizations: the result has its input's shape. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'BatchNormalization',
    since: 1,
    summary: 'Normalizes every channel with stored mean and variance, then scales and shifts it.',
    weights: [1, 2, 3, 4],
    quantize: noIntegerKernel('BatchNormalization'),
    infer: batchNormalization,
  },
  {
    op: 'InstanceNormalization',
    since: 1,
    summary: 'Normalizes every channel of every picture with its own mean and variance.',
    weights: [1, 2],
    quantize: noIntegerKernel('InstanceNormalization'),
    infer(context) {
      rankedAtLeast(context, 0, 3);
      agreeChannels(context, [1, 2]);
      return sameAsInput(context);
    },
  },
  {
    op: 'GroupNormalization',
    since: 18,
    summary: 'Normalizes groups of channels of every picture.',
    weights: [1, 2],
    mixesChannels: true,
    quantize: noIntegerKernel('GroupNormalization'),
    infer(context) {
      const data = rankedAtLeast(context, 0, 3);
      const [groups, channels] = [context.node.int('num_groups', 0), dimAt(data, 1)];
      if (groups < 1 || (typeof channels === 'number' && channels % groups !== 0)) {
        throw shapeError(context.node, `has num_groups ${groups} for ${channels ?? 'unknown'} channels`);
      }
      return sameAsInput(context);
    },
  },
  {
    op: 'LayerNormalization',
    since: 1,
    summary: 'Normalizes over the last axes, then scales and shifts.',
    weights: [1, 2],
    mixesChannels: true,
    quantize: noIntegerKernel('LayerNormalization'),
    infer: layerNormalization,
  },
  {
    op: 'RMSNormalization',
    since: 23,
    summary: 'Divides by the root mean square over the last axes, then scales.',
    weights: [1],
    mixesChannels: true,
    quantize: noIntegerKernel('RMSNormalization'),
    infer: sameAsInput,
  },
  {
    op: 'LRN',
    since: 1,
    summary: 'Local response normalization across neighbouring channels.',
    mixesChannels: true,
    quantize: noIntegerKernel('LRN'),
    infer: sameAsInput,
  },
  {
    op: 'LpNormalization',
    since: 1,
    summary: 'Divides by the Lp norm along one axis.',
    mixesChannels: true,
    quantize: noIntegerKernel('LpNormalization'),
    infer: sameAsInput,
  },
  {
    op: 'MeanVarianceNormalization',
    since: 9,
    summary: 'Subtracts the mean and divides by the deviation over given axes.',
    mixesChannels: true,
    quantize: noIntegerKernel('MeanVarianceNormalization'),
    infer: sameAsInput,
  },
]);
