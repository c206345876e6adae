import type { Model } from '../onnx/graph.ts';
import type { Statistic } from '../statistics/statistic.ts';
import type { ActivationFormat } from './activation-format.ts';
import { groupValues, type ValueRange } from './groups.ts';
import type { Placement } from './placement.ts';
import { powerOfTwoScheme, powerOfTwoSchemes } from './power-of-two/schemes.ts';
import { rangeEstimatorFor } from './range-estimator.ts';
import { schemeForRange, type Scheme } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';

/** One scheme for each placed value; values that must share one do. `formats` and `statistics` by value. */
export function valueSchemes(
  model: Model,
  placement: Placement,
  settings: QuantizeSettings,
  formats: ReadonlyMap<string, ActivationFormat>,
  statistics: ReadonlyMap<string, Statistic>,
): Map<string, Scheme> {
  const ranges = estimateRanges(model, placement, settings, formats, statistics);
  const schemes = new Map<string, Scheme>();
  const groups = groupValues(
    placement,
    (value) => ranges.get(value)!,
    (a, b) => formats.get(a) === formats.get(b),
  );
  if (settings.scales === 'power-of-two') {
    const [first] = statistics.values();
    const bySquaredError = rangeEstimatorFor(settings, placement, first).declaration.name === 'mse';
    return powerOfTwoSchemes(model, groups, ranges, bySquaredError, formats, statistics);
  }
  for (const [value, { range }] of groups) schemes.set(value, schemeFor(range, formats.get(value)!));
  return schemes;
}

/** Scale and zero point of a format for a range: of a value, of a group of values, of a constant operand. */
export const schemeFor = (range: ValueRange, format: ActivationFormat): Scheme =>
  format.powerOfTwo ? powerOfTwoScheme(range, format) : schemeForRange(range.low, range.high, format.grid, format.symmetric);

function estimateRanges(
  model: Model,
  placement: Placement,
  settings: QuantizeSettings,
  formats: ReadonlyMap<string, ActivationFormat>,
  statistics: ReadonlyMap<string, Statistic>,
): Map<string, ValueRange> {
  return new Map(
    placement.values.map((value) => {
      const seen = statistics.get(value)!;
      const { grid, symmetric } = formats.get(value)!;
      // Pictures fill their range evenly up to black and white: an input is never clipped.
      if (model.graph.isInput(value) && seen.low <= seen.high) return [value, { low: seen.low, high: seen.high }];
      const estimator = rangeEstimatorFor(settings, placement, seen);
      return [value, estimator.estimate(seen, { levels: grid.highest - grid.lowest + 1, symmetric }, settings)];
    }),
  );
}
