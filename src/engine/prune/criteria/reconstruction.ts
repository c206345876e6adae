import { Type } from '@sinclair/typebox';
import { eliminationCurves } from '../compensate/elimination-curves.ts';
import type { Criterion } from './criterion.ts';
import { needPictures } from './needs.ts';

/**
 * What the outputs of the layers that read a channel lose without it, when the other channels make up for it by least squares: channels leave one by one, the one that costs least
 * first, and each is worth what it costs when its turn comes.
 */
export const reconstruction: Criterion = {
  declaration: {
    name: 'reconstruction',
    summary:
      'What the next layers lose without the channel after the others have made up for it by least squares, on pictures without labels.',
    source:
      'Luo et al. 2017, ThiNet, arXiv:1707.06342; chosen by the exact increase of the error as Hassibi and Stork 1993 (Optimal Brain Surgeon), for whole channels',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'pictures',
  comparable: true,
  additive: true,
  async open(request) {
    const pictures = needPictures(request, 'reconstruction');
    const curves = await eliminationCurves(request.model, request.coupling, pictures);
    const byGroup = new Map(curves.map((curve) => [curve.group, curve]));
    return ({ name, channels }) => {
      const curve = byGroup.get(name);
      return curve ? [risingValues(curve, channels)] : [];
    };
  },
};

/** Least growth from one channel to the next, so that the order of the values is that of the elimination. */
const growth = 1 + 2 ** -40;

/** The channel that is never eliminated is worth more than anything. */
function risingValues(
  { order, increases }: { readonly order: readonly number[]; readonly increases: readonly number[] },
  channels: number,
): Float64Array {
  const values = new Float64Array(channels).fill(Infinity);
  let least = Number.MIN_VALUE / Number.EPSILON;
  order.forEach((channel, i) => {
    least = Math.max(least * growth, increases[i]!);
    values[channel] = least;
  });
  return values;
}
