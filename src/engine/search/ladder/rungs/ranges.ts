import { fixed } from '../rung.ts';

/** Ranges that clip: a few far elements no longer decide how fine all others are. */
export const ranges = fixed('ranges', 'Ranges of activations with the least squared error, or without the outermost elements.', [
  { title: 'ranges by squared error', settings: { calibrate: 'mse' } },
  { title: 'ranges by percentile', settings: { calibrate: 'percentile' } },
]);
