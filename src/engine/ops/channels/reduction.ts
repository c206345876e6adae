import { renamed } from './block.ts';
import type { Channels, ChannelRule } from './rule.ts';
import { keptApart } from './unify.ts';

/** Axes that a reduction runs over: an attribute, or since some version the second input; none given means all. */
function reducedAxes(channels: Channels, since: number): number[] {
  const { node, opset } = channels;
  const rank = channels.shape(0)!.length;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const isInput = opset >= since;
  const isGiven = isInput ? (node.inputs[1] ?? '') !== '' : node.ints('axes') !== undefined;
  const axes = isInput ? channels.numbers(1) : node.ints('axes');
  if (!isGiven || axes?.length === 0) return isInput && node.int('noop_with_empty_axes', 0) !== 0 ? [] : all;
  return axes ? axes.map((axis) => (axis < 0 ? axis + rank : axis)) : all;
}

/** What is left of the axes when some are reduced away or kept with size 1. */
function reduced(channels: Channels, axes: readonly number[], reason: string): ReturnType<typeof keptApart> {
  const blocks = keptApart(channels, channels.blocks(0), axes, reason);
  if (channels.node.int('keepdims', 1) !== 0) return blocks;
  return blocks.map((block) => renamed(block, (axis) => axis - axes.filter((each) => each < axis).length));
}

const reduction = (since: number): ChannelRule => ({
  follow: (channels) => [reduced(channels, reducedAxes(channels, since), 'mixes channels')],
});

const extreme: ChannelRule = {
  follow(channels) {
    const axis = channels.node.int('axis', 0);
    return [reduced(channels, [axis < 0 ? axis + channels.shape(0)!.length : axis], 'compares channels with each other')];
  },
};

export const reductionChannels: Readonly<Record<string, ChannelRule>> = {
  ReduceSum: reduction(13),
  ...Object.fromEntries(
    [
      'ReduceMean',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceLogSum',
      'ReduceLogSumExp',
      'ReduceSumSquare',
    ].map((op) => [op, reduction(18)]),
  ),
  ArgMax: extreme,
  ArgMin: extreme,
};
