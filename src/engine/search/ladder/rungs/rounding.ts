import { fixed } from '../rung.ts';

/** Weights rounded together: the dearest of the methods that leave the model as small and as fast. */
export const rounding = fixed('rounding', 'The weights of each layer rounded together, on the second moment of its input; then whole blocks tuned.', [
  { title: 'rounding by layer', settings: { round: 'layer' } },
  { title: 'rounding by block', settings: { round: 'block' } },
]); // prettier-ignore
