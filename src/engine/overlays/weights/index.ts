import { prunedChannels } from './pruned-channels.ts';
import { sparsity } from './sparsity.ts';
import { weightErrors } from './weight-error.ts';
import type { WeightOverlay } from './weight-overlay.ts';

/** In the order in which the view offers them. */
export const weightOverlays: readonly WeightOverlay[] = [...weightErrors, sparsity, prunedChannels];
