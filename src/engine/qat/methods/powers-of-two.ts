import { rowsOfWeights } from '../../quantize/weights.ts';
import type { CodeGrid } from './inq.ts';
import type { QatLayer } from './method.ts';

/**
 * Magnitudes of b bits: 2^(b − 2) powers of two, and zero (Zhou et al., arXiv:1702.03044, section 2.1), as many as the stored type holds: seven in int8, where the
 * eighth of 5 bits, 1/128 of the largest, has no code beside it.
 */
export function magnitudes(bits: number, largestCode: number): number {
  return Math.min(Math.max(1, 2 ** (bits - 2)), Math.floor(Math.log2(largestCode)) + 1);
}

/** Zero and signed powers of two as codes 1, 2, 4 …; the largest of each row is the one of least squared error. */
export function powersOfTwo(layer: QatLayer): CodeGrid {
  const { dims, start, weights } = layer;
  const bits = Number.isInteger(start.weights.bits) ? (start.weights.bits as number) : 2;
  const packed = layer.compute.settings.storage === 'packed' && bits <= 4;
  const top = 2 ** (magnitudes(bits, packed ? 7 : 127) - 1);
  const rows = rowsOfWeights(dims, start.weights);
  const scales = new Float32Array(rows.channels);
  for (let row = 0; row < rows.channels; row++) {
    const values = Float64Array.from({ length: rows.lengthOf(row) }, (_, i) => weights[rows.offset(row, i)]!);
    scales[row] = bestScale(values, top) ?? start.weights.scales[row]!;
  }
  return { scales, code: (weight, row) => nearestPower(weight / scales[row]!, top) };
}

/** The largest magnitude lies at 4/3 of the largest weight or at one of the three powers below (the paper takes the first). */
function bestScale(values: Float64Array, top: number): number | undefined {
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (most === 0) return undefined;
  const first = Math.floor(Math.log2((4 / 3) * most));
  let [best, least] = [2 ** first / top, Infinity];
  for (let exponent = first; exponent > first - 4; exponent--) {
    const scale = 2 ** exponent / top;
    const error = values.reduce((sum, value) => sum + (value - scale * nearestPower(value / scale, top)) ** 2, 0);
    if (error < least) [best, least] = [scale, error];
  }
  return best;
}

/** The nearest of 0, ±1, ±2, ±4 … ±top. */
export function nearestPower(value: number, top: number): number {
  const magnitude = Math.abs(value);
  if (magnitude <= 0.5) return 0;
  const below = 2 ** Math.max(0, Math.floor(Math.log2(magnitude)));
  const code = Math.min(top, magnitude >= 1.5 * below ? 2 * below : below);
  return value < 0 ? -code : code;
}
