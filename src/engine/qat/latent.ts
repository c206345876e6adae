import { rowsOfWeights } from '../quantize/weights.ts';
import type { QatLayer } from './methods/method.ts';

/** Share of a step that a latent weight keeps from the places where its code would change: float32 must not carry it over. */
const margin = 1e-3;

/**
 * Weights to train that round to the codes of post-training quantization: the float weights, moved into the interval of their code where that was
 * not the nearest (`round: layer`, saturation). Codes at an end of the grid reach outwards without limit.
 */
export function latentWeights({ dims, weights, start, low, high }: QatLayer): Float32Array {
  const { data, scales, zeroPoints } = start.weights;
  const rows = rowsOfWeights(dims, start.weights);
  const latent = new Float32Array(weights.length);
  for (let row = 0; row < rows.channels; row++) {
    const [scale, zeroPoint] = [scales[row]!, zeroPoints[row]!];
    for (let i = 0; i < rows.lengthOf(row); i++) {
      const at = rows.offset(row, i);
      const code = data[at]! - zeroPoint;
      const least = code <= low ? -Infinity : (code - 0.5 + margin) * scale;
      const most = code >= high ? Infinity : (code + 0.5 - margin) * scale;
      latent[at] = Math.min(most, Math.max(least, weights[at]!));
    }
  }
  return latent;
}
