import type { Pairs } from '../saturation.ts';
import type { Grid } from '../scheme.ts';
import { roundRow, roundWithZeroPoint, type Row, type RoundedRow } from '../weight-row.ts';
import { greatestPosition, holdingPosition, scaleAt, within, type Positions } from './position.ts';
import { positionHolding, schemeAt } from './values.ts';

/** How many positions finer than the one that clips nothing are tried (as for activations). */
const finer = 4;

interface RowOptions {
  readonly range: 'max' | 'mse';
  readonly pairs?: Pairs;
}

/** A row of weights about zero on the best power of two: the squared error decides, or the largest weight (`range: max`). */
export function powerOfTwoRow(row: Float64Array, steps: number, least: number, positions: Positions, options: RowOptions): RoundedRow {
  const largest = row.reduce((a, weight) => Math.max(a, Math.abs(weight)), 0);
  const allowed = holdingBias(positions, least);
  const holding = within(holdingPosition(-largest, largest, -steps, steps), allowed);
  const last = options.range === 'mse' && largest > 0 ? within(holding + finer, allowed) : holding;
  let free = Infinity;
  let best: Row | undefined;
  // Neighbours that must not saturate may want a coarser one.
  const first = options.pairs ? within(holding - 1, allowed) : holding;
  for (let position = first; position <= last; position++) {
    const found = roundRow(row, scaleAt(position), steps, options.pairs);
    if (!best || found.error < best.error) best = found;
    if (options.pairs) free = Math.min(free, roundRow(row, scaleAt(position), steps, undefined).error);
  }
  return { ...best!, freeError: options.pairs ? Math.min(free, best!.error) : best!.error };
}

/** The same with a zero point anywhere. */
export function powerOfTwoRowWithZeroPoint(
  row: Float64Array,
  on: Grid,
  least: number,
  positions: Positions,
  range: 'max' | 'mse',
): RoundedRow {
  const [low, high] = [row.reduce((a, b) => Math.min(a, b), 0), row.reduce((a, b) => Math.max(a, b), 0)];
  const allowed = holdingBias(positions, least);
  const holding = within(positionHolding({ low, high }, on, false), allowed);
  const last = range === 'mse' && low < high ? within(holding + finer, allowed) : holding;
  let best: RoundedRow | undefined;
  for (let position = holding; position <= last; position++) {
    const found = roundWithZeroPoint(row, schemeAt(position, { low, high }, on, false));
    if (!best || found.error < best.error) best = found;
  }
  return best!;
}

/** No finer than a scale of `least`, which the layer's bias needs. */
const holdingBias = ({ least, greatest }: Positions, scale: number): Positions => {
  const finest = scale > 0 ? within(Math.floor(-Math.log2(scale)), { least, greatest: greatestPosition }) : greatest;
  return { least, greatest: Math.min(greatest, finest) };
};
