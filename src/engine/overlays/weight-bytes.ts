import { sizeOverlay } from './figures.ts';
import type { StaticOverlay } from './overlay.ts';

/** Bytes of weights as the file stores them. */
export const weightBytes: StaticOverlay = {
  id: 'weight-bytes',
  of: (source) =>
    sizeOverlay(source, ({ weightBytes }) => weightBytes, {
      id: 'weight-bytes',
      label: 'Weight bytes',
      unit: 'B',
      origin: 'Weights as the file stores them; those that several layers share count for each',
    }),
};
