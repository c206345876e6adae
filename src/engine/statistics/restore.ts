import { LatheError } from '../base/errors.ts';
import { Histogram } from './histogram.ts';
import { MinMax } from './min-max.ts';
import { Pictures } from './picture-extremes.ts';
import type { SavedStatistic, Statistic, StatisticKind } from './statistic.ts';

/** An empty statistic of a kind. */
export function createStatistic(kind: StatisticKind): MinMax | Pictures | Histogram {
  switch (kind) {
    case 'minmax':
      return new MinMax();
    case 'pictures':
      return new Pictures();
    case 'histogram':
      return new Histogram();
  }
}

/** Takes back what `save` gave. Throws LatheError `statistics.damaged` when the data are not of that form. */
export function restoreStatistic(saved: SavedStatistic): Statistic {
  switch (saved.kind) {
    case 'minmax': {
      const statistic = new MinMax();
      if (saved.range) statistic.add({ index: 0, low: saved.range[0], high: saved.range[1] });
      statistic.notFinite = saved.notFinite;
      return statistic;
    }
    case 'pictures': {
      const statistic = new Pictures();
      saved.index.forEach((index, i) => statistic.add({ index, low: saved.low[i]!, high: saved.high[i]! }));
      statistic.notFinite = saved.notFinite;
      return statistic;
    }
    case 'histogram':
      return Histogram.restore(saved);
    default:
      throw new LatheError('statistics.damaged', 'a saved statistic is of no known kind', { hint: 'Remove the checkpoint and run again.' });
  }
}
