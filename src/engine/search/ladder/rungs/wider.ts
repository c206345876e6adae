import type { Rung } from '../rung.ts';
import { counted, growing } from './growing.ts';

/** Half the size of float layers; ONNX Runtime computes them in float, so they are no faster. */
export const wider: Rung = {
  name: 'wider layers',
  summary: 'The most sensitive layers at 16 bits.',
  climb: (tools) => growing(tools, { weights: 16, activations: 16 }, (count) => `${counted(count)} at 16 bits`),
};
