import { livingBytes } from '../ops/measure/memory.ts';
import { sizeOverlay } from './figures.ts';
import type { StaticOverlay } from './overlay.ts';

/** Bytes of activations that are alive while a layer runs; its greatest figure is the model's peak. */
export const activationMemory: StaticOverlay = {
  id: 'activation-memory',
  of(source) {
    const { root } = source.shapes.forOnePicture(source.model);
    const living = livingBytes(root);
    if (!living) return undefined;
    let peak = 0;
    for (const [step, bytes] of living.entries()) if (bytes > living[peak]!) peak = step;
    return sizeOverlay(source, (_, index) => living[index], {
      id: 'activation-memory',
      label: 'Activation memory',
      unit: 'B',
      // Layers of a group do not run at once.
      fold: 'worst',
      summary: `Peak at ${source.layers[peak]?.label ?? ''}`,
      notes: [[peak, 'The peak: here most activations are alive at once.']],
      origin: 'Activations alive while each layer runs, batch of one, in the order of the file, nothing computed in place',
    });
  },
};
