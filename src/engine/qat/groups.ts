import type { StaticPlan } from '../quantize/plan.ts';
import { floorFloat32, type Scheme } from '../quantize/scheme.ts';

/** Values that have one scheme and keep having one while it is trained. */
export interface SchemeGroup {
  /** In graph order. */
  readonly values: readonly string[];
  /** No scale may be larger: the scheme would reach beyond a Clip that melts into it. */
  readonly largestScale: number;
}

/** Groups the plan's values as their schemes were made: those that nodes move elements between, and operands of a Concat that have its result's scheme. */
export function schemeGroups({ placement, schemes }: StaticPlan): SchemeGroup[] {
  const group = new Map(placement.values.map((value) => [value, new Set([value])]));
  const join = (a: string, b: string): void => {
    const [to, from] = [group.get(a), group.get(b)];
    if (!to || !from || to === from) return;
    for (const value of from) group.set(value, to.add(value));
  };
  for (const [first, ...others] of placement.tied) for (const value of others) join(first!, value);
  for (const { node, kind, inputs, output } of placement.integerNodes) {
    if (kind !== 'joined') continue;
    for (const index of inputs) if (isSame(schemes.get(node.inputs[index]!), schemes.get(output))) join(output, node.inputs[index]!);
  }
  const order = new Map(placement.values.map((value, i) => [value, i]));
  return [...new Set(group.values())].map((values) => {
    const sorted = [...values].sort((a, b) => order.get(a)! - order.get(b)!);
    return {
      values: sorted,
      largestScale: Math.min(...sorted.map((value) => largestScale(schemes.get(value)!, placement.bounds.get(value)?.high))),
    };
  });
}

const isSame = (a: Scheme | undefined, b: Scheme | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.scale === b.scale &&
  a.zeroPoint === b.zeroPoint &&
  a.lowest === b.lowest &&
  a.highest === b.highest;

function largestScale({ highest, zeroPoint }: Scheme, bound: number | undefined): number {
  return bound === undefined || bound === Infinity ? Infinity : floorFloat32(bound / Math.max(1, highest - zeroPoint));
}
