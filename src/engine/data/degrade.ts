import jpegJs from 'jpeg-js';
import { seededRandom } from '../base/random.ts';
import { decodePicture } from './formats/index.ts';
import { roundToByte } from './resize.ts';
import { degradation, type Degradation } from './source.ts';
import type { Picture } from './types.ts';

/** Makes a worse picture from a clean one, step by step. What is random follows from `seed` and `id` alone. */
export async function degrade(picture: Picture, steps: readonly Degradation[], seed: number, id: string): Promise<Picture> {
  let result = picture;
  for (const [i, step] of steps.entries()) {
    if ('darken' in step) result = darken(result, step.darken.scale, step.darken.gamma ?? defaultGamma);
    else if ('noise' in step) result = addNoise(result, step.noise.sigma, seed, `noise:${i}:${id}`);
    else if ('blur' in step) result = blur(result, step.blur);
    else result = await recompress(result, step.jpeg);
  }
  return result;
}

const defaultGamma = degradation.anyOf[0].properties.darken.properties.gamma.default as number;

/** round(255 * scale * (x / 255) ^ gamma). */
function darken(picture: Picture, scale: number, gamma: number): Picture {
  return { ...picture, data: Uint8Array.from(picture.data, (x) => Math.round(255 * scale * (Math.max(0, x) / 255) ** gamma)) };
}

/** Not rounded nor clipped: x + N(0, sigma^2), as denoisers are trained and measured (Zhang et al., 2017). */
function addNoise(picture: Picture, sigma: number, seed: number, stream: string): Picture {
  const random = seededRandom(seed, stream);
  return { ...picture, data: Float32Array.from(picture.data, (x) => x + sigma * random.normal()) };
}

/** Gaussian, cut at three standard deviations, edges repeated; first along rows, then along columns, rounded at the end. */
function blur(picture: Picture, sigma: number): Picture {
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

/** Written as JPEG of this quality (4:4:4) and read again. */
async function recompress(picture: Picture, quality: number): Promise<Picture> {
  const { width, height, channels, data } = picture;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = roundToByte(data[i * channels + (channels === 1 ? 0 : c)]!);
  }
  const { picture: read } = await decodePicture(jpegJs.encode({ width, height, data: rgba }, quality).data);
  if (channels === 3) return read;
  return { width, height, channels, data: read.data.filter((_, i) => i % 3 === 0) };
}
