import { Type } from '@sinclair/typebox';
import { eachElement, weightReader, type WeightPart } from '../importance/weights.ts';
import type { Criterion } from './criterion.ts';

/**
 * Sum of the distances of a channel's weights to those of all others of the group: the channel nearest to the geometric median can be replaced by the rest. Takes time with the
 * square of the channels.
 */
export const fpgm: Criterion = {
  declaration: {
    name: 'fpgm',
    summary: 'How far the weights of the channel are from those of all others of its group: what lies in the middle can be replaced.',
    source: 'He et al. 2019, Filter pruning via geometric median, arXiv:1811.00250, eq. 3',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'weights',
  async open({ model }) {
    const read = weightReader(model);
    return (group) => read(group, ['filters']).map(distances);
  },
};

function distances(part: WeightPart): Float64Array {
  const rows = part.slice.places.map((_, channel) => {
    const row: number[] = [];
    eachElement(part, channel, (index) => row.push(part.values[index]!));
    return Float64Array.from(row);
  });
  const sums = new Float64Array(rows.length);
  for (let a = 0; a < rows.length; a++) {
    for (let b = a + 1; b < rows.length; b++) {
      const distance = distanceOf(rows[a]!, rows[b]!);
      sums[a]! += distance;
      sums[b]! += distance;
    }
  }
  return sums;
}

/** Euclidean; of rows of unequal length the missing elements are zeros. */
function distanceOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
