import type { Placement } from './placement.ts';

export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** Values that share one scheme, and the range it has to hold. */
export interface ValueGroup {
  readonly values: readonly string[];
  readonly range: ValueRange;
}

/**
 * Groups the placed values by scheme. Values tied by nodes that move elements always share; inputs of a Concat share with its result
 * where formats are the same and that costs none of them more than a bit: then the node copies bytes, otherwise QLinearConcat rescales.
 * Tied values must be of one format.
 */
export function groupValues(
  placement: Placement,
  rangeOf: (value: string) => ValueRange,
  sameFormat: (a: string, b: string) => boolean,
): Map<string, ValueGroup> {
  const groups = new Map<string, ValueGroup>();
  const form = (values: readonly string[]): ValueGroup => {
    const range = values.map((value) => withinBounds(rangeOf(value), placement, value)).reduce(union);
    const group = { values, range };
    for (const value of values) groups.set(value, group);
    return group;
  };
  for (const set of placement.tied) form(set);
  for (const value of placement.values) if (!groups.has(value)) form([value]);
  for (const { node, kind, inputs, output } of placement.integerNodes) {
    if (kind !== 'joined') continue;
    for (const index of inputs) {
      const from = groups.get(node.inputs[index]!);
      const to = groups.get(output)!;
      if (!from || from === to || !sameFormat(from.values[0]!, output)) continue;
      const values = [...from.values, ...to.values];
      const joint = union(from.range, to.range);
      const fits = values.every((value) => joint.low >= (placement.bounds.get(value)?.low ?? -Infinity));
      if (fits && 2 * span(from.range) >= span(joint) && 2 * span(to.range) >= span(joint)) form(values);
    }
  }
  return groups;
}

const span = ({ low, high }: ValueRange): number => high - low;

/** Ranges always include zero, as schemes do. */
const union = (a: ValueRange, b: ValueRange): ValueRange => ({ low: Math.min(0, a.low, b.low), high: Math.max(0, a.high, b.high) });

function withinBounds(range: ValueRange, placement: Placement, value: string): ValueRange {
  const bounds = placement.bounds.get(value);
  if (!bounds) return union(range, range);
  return { low: Math.max(Math.min(0, range.low), bounds.low), high: Math.min(Math.max(0, range.high), bounds.high) };
}
