import { placeAlong } from './layer-weight.ts';
import type { WeightOverlay } from './weight-overlay.ts';

/** Signal over noise of a layer's weights alone, rounded to nearest at so many bits; needs no pictures. */
const weightError = (bits: number): WeightOverlay => ({
  id: `weight-error/${bits}`,
  label: `Weight error (SQNR), ${bits} bits`,
  needs: 'no pictures needed',
  async of({ tensor, axis, float, computes }, slices) {
    if (!float || !computes || tensor.size === 0) return undefined;
    const channelOf = axis === undefined ? () => 0 : placeAlong(tensor.dims, axis);
    const steps = 2 ** (bits - 1) - 1;
    const scales = new Float64Array(axis === undefined ? 1 : tensor.dims[axis]!);
    for await (const { start, values } of slices()) {
      for (let i = 0; i < values.length; i++) {
        const channel = channelOf(start + i);
        scales[channel] = Math.max(scales[channel]!, Math.abs(values[i]!));
      }
    }
    for (let channel = 0; channel < scales.length; channel++) scales[channel] = Math.fround(scales[channel]! / steps) || 1;
    let [signal, noise] = [0, 0];
    for await (const { start, values } of slices()) {
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        const scale = scales[channelOf(start + i)]!;
        const code = Math.max(-steps, Math.min(steps, nearest(value / scale)));
        signal += value * value;
        noise += (value - scale * code) ** 2;
      }
    }
    if (!Number.isFinite(signal)) return { value: -Infinity, note: 'Some weights are not finite.' };
    return { value: noise === 0 ? null : 10 * Math.log10(signal / noise) };
  },
  view: () => ({
    unit: 'dB',
    better: 'high',
    thresholds: [10, 20, 30, 40], // 6 dB are one bit
    fold: 'worst',
    origin: `Weights alone, rounded to nearest at ${bits} bits, a scale for each output channel; activations stay float`,
  }),
});

/** Adding and subtracting 1.5 · 2^52 rounds a double below 2^51 to the nearest integer, halves to even. */
const rounder = 6755399441055744;
const nearest = (value: number): number => value + rounder - rounder;

export const weightErrors: readonly WeightOverlay[] = [weightError(8), weightError(4)];
