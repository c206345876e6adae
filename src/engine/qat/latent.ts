import { rowsOfWeights } from '../quantize/weights.ts';
import type { QatLayer } from './methods/method.ts';

/**
 * How far a latent weight may lie from its code at first, in steps. Codes change at half a step: the first moves of the optimizer would undo at random what rounding by layer has
 * worked out, whose weights often lie beyond that place. In between there is room for a change that the gradient asks for again and again.
 */
const reach = 0.25;

/**
 * Weights to train that round to the codes of post-training quantization: the float weights, drawn near their codes. Codes at an end of the grid reach outwards without
 * limit.
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
      const least = code <= low ? -Infinity : (code - reach) * scale;
      const most = code >= high ? Infinity : (code + reach) * scale;
      latent[at] = Math.min(most, Math.max(least, weights[at]!));
    }
  }
  return latent;
}
