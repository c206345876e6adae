import { crossEntropy } from '../../train/losses/cross-entropy.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { TrainingPictures } from './pictures.ts';

/** The losses that the pictures themselves allow: labels, cross-entropy; neither labels nor targets, none. */
export function taskLosses({ truth }: TrainingPictures, settings: TrainingSettings): WeightedLoss[] {
  if (truth === 'labels') return [{ loss: crossEntropy({ smoothing: settings['label-smoothing'] }), weight: 1 }];
  return [];
}
