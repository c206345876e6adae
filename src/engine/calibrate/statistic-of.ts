import { LatheError } from '../base/errors.ts';
import { Histogram } from '../statistics/histogram.ts';
import { Pictures } from '../statistics/picture-extremes.ts';
import type { Statistic } from '../statistics/statistic.ts';

export function histogramOf(statistic: Statistic): Histogram {
  if (statistic instanceof Histogram) return statistic;
  throw wrongKind('histogram', statistic);
}

export function picturesOf(statistic: Statistic): Pictures {
  if (statistic instanceof Pictures) return statistic;
  throw wrongKind('pictures', statistic);
}

const wrongKind = (needed: string, statistic: Statistic): LatheError =>
  new LatheError('calibrate.statistic', `this range estimator needs a ${needed} statistic and was given a ${statistic.kind} one`);
