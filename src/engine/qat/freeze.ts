import type { Place } from '../train/task.ts';
import type { QatSettings } from './step.ts';

/** Whether scales stand still from this step on: the last part of a training lets the weights settle on their grids. */
export function scalesFrozen(settings: Pick<QatSettings, 'freeze-scales'>, { step, stepsPerEpoch, epochs }: Place): boolean {
  return step > settings['freeze-scales'] * stepsPerEpoch * epochs;
}
