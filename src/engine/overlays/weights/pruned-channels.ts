import { placeAlong } from './layer-weight.ts';
import { zeroTest } from './sparsity.ts';
import type { WeightOverlay } from './weight-overlay.ts';

/** Share of a layer's output channels whose weights are all zero: they can be taken out without a change of what is learned. */
export const prunedChannels: WeightOverlay = {
  id: 'pruned-channels',
  label: 'Pruned channels',
  needs: 'reads the weights',
  async of(weight, slices) {
    const { tensor, axis } = weight;
    const channels = axis === undefined ? 0 : (tensor.dims[axis] ?? 0);
    if (axis === undefined || channels === 0 || tensor.size === 0) return undefined;
    const isZero = zeroTest(weight);
    const channelOf = placeAlong(tensor.dims, axis);
    const alive = new Uint8Array(channels);
    for await (const { start, values } of slices()) {
      for (let i = 0; i < values.length; i++) if (!isZero(values[i]!, start + i)) alive[channelOf(start + i)] = 1;
    }
    const pruned = channels - alive.reduce((sum, one) => sum + one, 0);
    return { value: (100 * pruned) / channels, ...(pruned ? { note: `${pruned} of ${channels} output channels are all zero.` } : {}) };
  },
  view: (figures) => ({
    unit: '%',
    better: 'high',
    thresholds: [],
    gradient: { worst: 0, best: 100, log: false },
    fold: 'worst',
    origin: 'Output channels whose weights are all zero; a bias may be left',
    summary: summaryOf(figures.filter((figure) => figure > 0).length, figures.length),
  }),
};

const summaryOf = (pruned: number, all: number): string =>
  pruned === 0 ? 'No layer has such channels' : `${pruned} of ${all} layers ${pruned === 1 ? 'has' : 'have'} such channels`;
