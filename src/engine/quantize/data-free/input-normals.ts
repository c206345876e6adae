import type { InputSettings } from '../../data/types.ts';
import { bounded, pooled, type ChannelNormals } from './channel-normals.ts';

/**
 * What pictures of any kind are as the model's input: every pixel from 0 to 255 through scale, mean and deviation. A mean that is subtracted is
 * taken for that of the training pictures, and so is the deviation; otherwise pixels are evenly spread. One distribution a channel, or a single
 * one where channels are not on axis 1.
 */
export function inputNormals({ scale, mean, std, layout }: InputSettings): ChannelNormals {
  const normals = mean.map((middle, channel) => {
    const deviation = std[channel] ?? 1;
    const [a, b] = [(0 - middle) / deviation, (255 * scale - middle) / deviation];
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const isMeasured = middle !== 0 && low < 0 && high > 0;
    const even = (high - low) / Math.sqrt(12);
    return isMeasured ? bounded(0, deviation === 1 ? even : 1, low, high) : bounded((low + high) / 2, even, low, high);
  });
  return layout === 'nchw' ? normals : [pooled(normals)];
}
