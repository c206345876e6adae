import { sizeOverlay } from './figures.ts';
import type { StaticOverlay } from './overlay.ts';

/** Multiply-adds for one picture. */
export const macs: StaticOverlay = {
  id: 'macs',
  of: (source) =>
    sizeOverlay(source, ({ macs }) => macs, {
      id: 'macs',
      label: 'MACs',
      unit: 'MACs',
      origin: 'Multiply-adds for one picture, from the shapes',
    }),
};
