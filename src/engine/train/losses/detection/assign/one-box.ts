import type { Algebra } from '../algebra.ts';
import type { Choice } from './assigner.ts';

/** Above every cost. */
const never = 3e38;

/**
 * What is left of a choice where each place answers for one box: of several that chose it the one with the lowest cost, of equal ones the first. `places`: numbers of the places of all
 * pairs, flat; there are `count`.
 */
export function oneBoxEach(
  algebra: Algebra,
  { chosen, cost }: Choice,
  { places, count, rows, each }: { places: string; count: number; rows: number; each: number },
): string {
  const { site, filled, where, multiply, isAtMost, reshape } = algebra;
  const pairs = rows * each;
  const order = site.constant(
    [rows, each],
    Float32Array.from({ length: pairs }, (_, pair) => Math.floor(pair / each)),
  );
  const winning = (mask: string, value: string): string => {
    const counted = where(mask, value, never);
    const least = site.emit('ScatterElements', [filled([count], never), places, reshape(counted, [pairs])], { axis: 0, reduction: 'min' });
    const here = site.emit('GatherElements', [least, places], { axis: 0 });
    return multiply(mask, isAtMost(counted, reshape(here, [rows, each])));
  };
  return winning(winning(chosen, cost), order);
}
