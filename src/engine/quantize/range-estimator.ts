import { findRangeEstimator, type RangeEstimator } from '../calibrate/index.ts';
import type { Statistic } from '../statistics/statistic.ts';
import type { Placement } from './placement.ts';
import type { QuantizeSettings } from './step.ts';

/**
 * The range estimator that the settings ask for. `auto`: min-max, which loses nothing at 8 bits and costs least; where steps are
 * coarse (fewer bits, or scales that are powers of two) the one of least squared error.
 */
export function rangeEstimator({ calibrate, scales }: QuantizeSettings, { integerNodes }: Placement): RangeEstimator {
  if (calibrate !== 'auto') return findRangeEstimator(calibrate)!;
  const fewBits = integerNodes.some(({ compute }) => typeof compute?.settings.activations === 'number' && compute.settings.activations < 8);
  return findRangeEstimator(fewBits || scales === 'power-of-two' ? 'mse' : 'minmax')!;
}

/** The same for one value: what was gathered for another width (a variant of a plan at 8 bits) may not serve the estimator `auto` means. */
export function rangeEstimatorFor(settings: QuantizeSettings, placement: Placement, seen: Statistic | undefined): RangeEstimator {
  const wanted = rangeEstimator(settings, placement);
  return settings.calibrate === 'auto' && seen && seen.kind !== wanted.needs ? findRangeEstimator('minmax')! : wanted;
}
