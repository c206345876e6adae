import { macs } from './macs.ts';
import type { StaticOverlay } from './overlay.ts';

export type { OverlaySource, StaticOverlay } from './overlay.ts';

/** In the order in which the view offers them. */
export const staticOverlays: readonly StaticOverlay[] = [macs];
