import { roundToByte } from '../data/resize.ts';
import type { InputSettings } from '../data/types.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { numbersOf } from './outputs.ts';

/** An 8-bit picture by channels. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Uint8Array[];
}

/** A tensor in the units of the model's input as a picture: scale, mean and std undone, clipped and rounded. The last three dimensions are read. */
export function planesOf(tensor: RuntimeTensor, settings: InputSettings): Planes {
  const [a, b, c] = tensor.dims.slice(-3) as [number, number, number];
  const nchw = settings.layout === 'nchw';
  const [channels, height, width] = nchw ? [a, b, c] : [c, a, b];
  const values = numbersOf(tensor);
  const planes = Array.from({ length: channels }, (_, channel) => {
    const [mean, std] = [settings.mean[channel] ?? settings.mean[0]!, settings.std[channel] ?? settings.std[0]!];
    const plane = new Uint8Array(width * height);
    const [from, step] = nchw ? [channel * plane.length, 1] : [channel, channels];
    for (let i = 0; i < plane.length; i++) plane[i] = roundToByte((values[from + i * step]! * std + mean) / settings.scale);
    return plane;
  });
  return { width, height, planes };
}
