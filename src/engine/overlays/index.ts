import { activationMemory } from './activation-memory.ts';
import { activationBits, weightBits } from './bits.ts';
import { macs } from './macs.ts';
import type { StaticOverlay } from './overlay.ts';
import { parameters } from './parameters.ts';
import { boardVerdicts } from './verdict.ts';
import { weightBytes } from './weight-bytes.ts';

export { overlaySource, type OverlaySource, type StaticOverlay } from './overlay.ts';

/** In the order in which the view offers them. */
export const staticOverlays: readonly StaticOverlay[] = [
  macs,
  parameters,
  weightBytes,
  activationMemory,
  weightBits,
  activationBits,
  ...boardVerdicts,
];
