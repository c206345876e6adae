import { Type } from '@sinclair/typebox';
import { roundToByte } from '../resize.ts';
import type { Picture } from '../types.ts';
import { drawn, type DegradationMethod } from './degradation.ts';

const parameters = Type.Object({
  sigma: drawn({ minimum: 0, maximum: 64, unit: 'pixels', description: 'Standard deviation of the Gaussian.', examples: [1.5] }),
});

export const blur: DegradationMethod<typeof parameters> = {
  name: 'blur',
  alone: 'sigma',
  summary: 'Gaussian blur.',
  source: 'Gonzalez and Woods, Digital image processing, 3.5; edges repeated, cut at three standard deviations',
  parameters,
  apply: (picture, { sigma }) => (sigma > 0 ? gaussian(picture, sigma) : picture),
};

/** First along rows, then along columns, rounded at the end. */
function gaussian(picture: Picture, sigma: number): Picture {
  const radius = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const { width, height, channels } = picture;
  const pass = (data: Uint8Array | Float32Array, count: number, step: number, lines: number, lineStep: number): Float32Array => {
    const out = new Float32Array(data.length);
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < count; i++) {
        for (let c = 0; c < channels; c++) {
          let value = 0;
          for (let k = -radius; k <= radius; k++) {
            const at = Math.min(count - 1, Math.max(0, i + k));
            value += data[line * lineStep + at * step + c]! * kernel[k + radius]!;
          }
          out[line * lineStep + i * step + c] = value / sum;
        }
      }
    }
    return out;
  };
  const row = width * channels;
  const blurred = pass(pass(picture.data, width, channels, height, row), height, row, width, channels);
  return { ...picture, data: picture.data instanceof Uint8Array ? Uint8Array.from(blurred, roundToByte) : blurred };
}
