import { fixed } from '../rung.ts';

/** Where every ladder begins, whatever a target prefers. Bias correction is part of it: it costs one mean a channel. */
export const perChannel = fixed(
  'per channel',
  '8 bits with batch normalization folded, a scale for each channel where the target has them, and biases corrected.',
  [{ title: '8 bits', settings: { weights: 8, activations: 8, 'correct-bias': true, round: 'nearest' } }],
);
