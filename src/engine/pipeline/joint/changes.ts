import { paceOf } from '../../joint/pace.ts';
import type { JointSettings } from '../../joint/step.ts';
import { takingTurns } from '../../joint/taking-turns.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { TaskChanges } from '../training/run.ts';
import type { JointChain } from './chain-of.ts';

/** Who is changed when, and how fast. `pace`: what the way of training says itself. */
export function jointChanges(
  { rates, order }: Pick<JointSettings, 'rates' | 'order'>,
  { composition, tuned }: JointChain,
  parameters: readonly Parameter[],
  pace?: TaskChanges['pace'],
): TaskChanges {
  return {
    pace: paceOf(rates ?? {}, composition, pace),
    ...(order === 'alternating' && tuned.length > 1 ? { constraints: [takingTurns(parameters, tuned, composition)] } : {}),
  };
}
