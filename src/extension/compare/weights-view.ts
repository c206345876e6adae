import type { WeightPair } from '../../engine/drawing/diff/weights.ts';
import { count, shape, shortNumber } from '../../protocol/format.ts';
import type { ChannelsView } from '../../protocol/view.ts';

/** Channels that are listed. */
export const shownChannels = 12;

/** What the two shapes of a histogram are, in the words of the side panel's columns. */
export const sideLabels = { a: 'First', b: 'Second' };

/** A pair of weights as the side panel shows it. */
export function weightsView(pair: WeightPair): ChannelsView {
  const { name, counts, low, high, channels, reach } = pair;
  return {
    title: name.charAt(0).toUpperCase() + name.slice(1),
    text: textOf(pair),
    histograms: [
      { label: sideLabels.a, low, high, counts: [...counts[0]] },
      { label: sideLabels.b, low, high, counts: [...counts[1]] },
    ],
    ...(reach && isNear(reach, low, high) ? { range: [reach[0], reach[1]] as [number, number] } : {}),
    count: channels.length,
    worst: channels.slice(0, shownChannels),
  };
}

/** A range far beyond the values would make a line of them. */
export const isNear = ([low, high]: readonly [number, number], least: number, most: number): boolean => high - low < 4 * (most - least);

function textOf({ types, dims, sqnr, clipped, folded }: WeightPair): string {
  const [before, after] = [shape(dims[0]), shape(dims[1])];
  return [
    before === after ? before : `${before} → ${after}`,
    ...(types[0] === types[1] ? [types[0]] : [`${types[0]} → ${types[1]}`]),
    ...(sqnr === undefined ? [] : [sqnr === null ? 'no error' : `${shortNumber(sqnr)} dB`]),
    ...(clipped > 0 ? [`${count(clipped)} cut off`] : []),
    ...(folded ? ['with the normalization folded in'] : []),
  ].join(' · ');
}
