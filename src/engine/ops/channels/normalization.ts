import { blockAlong } from './block.ts';
import { batchBlocks } from './window.ts';
import type { Channels, ChannelRule } from './rule.ts';
import { atomsAlong, keptApart, tied } from './unify.ts';

const rankOf = (channels: Channels): number => channels.shape(0)!.length;

const axesFrom = (first: number, rank: number): number[] => Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);

/** Every channel by itself, with vectors of parameters along axis 1 (BatchNormalization 1..4, InstanceNormalization 1..2). */
const perChannel = (parameters: readonly number[]): ChannelRule => ({
  follow(channels) {
    const rest = batchBlocks(channels, 0, 1);
    const read = atomsAlong(channels, 0, 1);
    for (const input of parameters) {
      const vector = atomsAlong(channels, input, 0);
      tied(channels, read, vector, `normalizes ${channels.fixedBy(0)}`);
      if (vector) channels.atoms.use(vector, { role: 'carries', node: channels.node, input });
    }
    return [[...rest, ...(read ? [blockAlong(1, read)] : [])]];
  },
});

/** Operators whose result at one place depends on all places along some axes: channels there have to stay. */
const mixing = (axes: (channels: Channels) => readonly number[], parameters: readonly number[] = []): ChannelRule => ({
  follow(channels) {
    const mixed = axes(channels);
    const blocks = keptApart(channels, channels.blocks(0), mixed, 'mixes channels');
    for (const input of parameters)
      keptApart(channels, channels.blocks(input), axesFrom(0, channels.shape(input)?.length ?? 0), 'mixes channels');
    return [blocks];
  },
});

const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Along one axis; before opset 13 along it and all axes behind it. */
const softmax = mixing((channels) => {
  const rank = rankOf(channels);
  const axis = normalAxis(channels.node.int('axis', channels.opset < 13 ? 1 : -1), rank);
  return channels.opset < 13 ? axesFrom(axis, rank) : [axis];
});

const oneAxis = (fallback: number): ChannelRule =>
  mixing((channels) => [normalAxis(channels.node.int('axis', fallback), rankOf(channels))]);

const behindAxis = (parameters: readonly number[]): ChannelRule =>
  mixing((channels) => axesFrom(normalAxis(channels.node.int('axis', -1), rankOf(channels)), rankOf(channels)), parameters);

const behindBatch = (parameters: readonly number[]): ChannelRule => mixing((channels) => axesFrom(1, rankOf(channels)), parameters);

export const normalizationChannels: Readonly<Record<string, ChannelRule>> = {
  BatchNormalization: perChannel([1, 2, 3, 4]),
  InstanceNormalization: perChannel([1, 2]),
  GroupNormalization: behindBatch([1, 2]),
  LayerNormalization: behindAxis([1, 2]),
  RMSNormalization: behindAxis([1]),
  LRN: mixing(() => [1]),
  LpNormalization: oneAxis(-1),
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  MeanVarianceNormalization: mixing((channels) => channels.node.ints('axes') ?? [0, 2, 3]),
  CumSum: mixing((channels) => {
    const axis = channels.numbers(1)?.[0];
    return axis === undefined ? axesFrom(0, rankOf(channels)) : [normalAxis(axis, rankOf(channels))];
  }),
};
