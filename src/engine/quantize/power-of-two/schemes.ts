import type { Model } from '../../onnx/graph.ts';
import type { Statistic } from '../../statistics/statistic.ts';
import type { ActivationFormat } from '../activation-format.ts';
import type { ValueGroup, ValueRange } from '../groups.ts';
import type { Scheme } from '../scheme.ts';
import { positionHolding, positionOfValue, schemeAt } from './values.ts';

/**
 * Scales 2^-n for the placed values. Every value gets the position that suits it; a group takes the coarsest of its values. `searched`:
 * the squared error chooses among positions (`calibrate: mse`), else the estimator's `ranges` do. Inputs are never clipped.
 */
export function powerOfTwoSchemes(
  model: Model,
  groups: ReadonlyMap<string, ValueGroup>,
  ranges: ReadonlyMap<string, ValueRange>,
  searched: boolean,
  formats: ReadonlyMap<string, ActivationFormat>,
  statistics: ReadonlyMap<string, Statistic>,
): Map<string, Scheme> {
  const positionOf = (value: string): number => {
    const { grid, symmetric } = formats.get(value)!;
    const seen = model.graph.isInput(value) ? undefined : statistics.get(value);
    return positionOfValue(ranges.get(value)!, searched, seen, grid, symmetric);
  };
  const schemes = new Map<string, Scheme>();
  for (const group of new Set(groups.values())) {
    const { grid, symmetric } = formats.get(group.values[0]!)!;
    const scheme = schemeAt(Math.min(...group.values.map(positionOf)), group.range, grid, symmetric);
    for (const value of group.values) if (groups.get(value) === group) schemes.set(value, scheme);
  }
  return schemes;
}

/** For a range that must not be clipped: of a constant operand. */
export const powerOfTwoScheme = (range: ValueRange, { grid, symmetric }: ActivationFormat): Scheme =>
  schemeAt(positionHolding(range, grid, symmetric), range, grid, symmetric);
