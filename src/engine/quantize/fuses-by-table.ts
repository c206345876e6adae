import type { TargetLimits } from '../targets/limits.ts';
import type { Fuses } from './placement.ts';

/** What a target's own table says is computed in one pass; undefined: it says nothing. */
export function fusesByTable({ fused }: TargetLimits): Fuses | undefined {
  return fused && ((maker, next) => fused[maker.op]?.includes(next.op) === true && next.inputs[0] === maker.outputs[0]);
}
