import { elementwise, unary } from './elementwise.ts';
import type { Channels, ChannelRule } from './rule.ts';
import { blockAlong } from './block.ts';
import { keptApart, tied, atomsAlong } from './unify.ts';

/** QuantizeLinear and DequantizeLinear: scale and zero point are single numbers, vectors along `axis` that are cut with it, or blocks of an axis that then stays. */
const linear: ChannelRule = {
  follow(channels) {
    const rank = channels.shape(0)!.length;
    const scale = channels.shape(1)!;
    const given = channels.node.int('axis', 1);
    const axis = given < 0 ? given + rank : given;
    if (scale.length === 0 || (scale.length === 1 && scale[0] === 1 && channels.shape(0)![axis] !== 1)) return [channels.blocks(0)];
    if (scale.length > 1) {
      for (const input of [1, 2]) channels.keep(channels.blocks(input), 'scales blocks of several channels');
      return [keptApart(channels, channels.blocks(0), [axis], 'scales blocks of several channels')];
    }
    const read = atomsAlong(channels, 0, axis);
    for (const input of [1, 2]) {
      if ((channels.node.inputs[input] ?? '') === '') continue;
      const vector = atomsAlong(channels, input, 0);
      tied(channels, read, vector, `scales ${channels.fixedBy(0)}`);
      if (vector) channels.atoms.use(vector, { role: 'carries', node: channels.node, input });
    }
    const rest = channels.blocks(0).filter((block) => !block.axes.includes(axis));
    return [[...rest, ...(read ? [blockAlong(axis, read)] : [])]];
  },
};

/** The scale is found over the whole tensor while the model runs: without a channel it might be another one. */
const dynamic: ChannelRule = {
  follow(channels: Channels) {
    channels.keep(channels.blocks(0), 'finds its scale over all channels');
    return [channels.blocks(0)];
  },
};

/** Operators on integers with scales and zero points as single numbers; convolutions and products stand with the float ones. */
export const quantizedChannels: Readonly<Record<string, ChannelRule>> = {
  QuantizeLinear: linear,
  DequantizeLinear: linear,
  DynamicQuantizeLinear: dynamic,
  QLinearAdd: elementwise(() => [0, 3]),
  QLinearMul: elementwise(() => [0, 3]),
  QLinearWhere: elementwise(() => [0, 1, 4]),
  QLinearSigmoid: unary,
  QLinearLeakyRelu: unary,
};
