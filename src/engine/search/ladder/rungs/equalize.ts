import { fixed } from '../rung.ts';

/** Helps where channels of one tensor have very different ranges: depthwise networks, one scale a tensor. */
export const equalize = fixed(
  'equalize',
  'Scale moved between the channels of neighbouring layers, then out of activations into weights.',
  [
    { title: 'cross-layer equalization', settings: { equalize: true } },
    { title: 'ranges migrated into weights', settings: { migrate: 0.5 } },
  ],
);
