import { sizeOverlay } from './figures.ts';
import type { StaticOverlay } from './overlay.ts';

/** Elements of weights and biases. */
export const parameters: StaticOverlay = {
  id: 'parameters',
  of: (source) =>
    sizeOverlay(source, ({ parameters }) => parameters, {
      id: 'parameters',
      label: 'Parameters',
      unit: '',
      origin: 'Weights that each layer reads; those that several layers share count for each',
    }),
};
