import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../base/errors.ts';
import { DataType } from '../onnx/data-type.ts';
import { decodePicture } from './formats/index.ts';
import { pictureShape, resolveInputSettings } from './input-settings.ts';
import { preprocess } from './preprocess.ts';
import type { InputDeclaration } from './source.ts';
import type { InputSettings, ModelInput } from './types.ts';

/** One picture on its way into a model, after colour, resize and crop, before scale, mean and std. */
export interface Preview {
  /** File name with the folder it lies in, which often is its class. */
  name: string;
  width: number;
  height: number;
  /** Size of the file's picture, upright. */
  original: { width: number; height: number };
  /** RGBA for the eye, whatever the order of channels; rounded to whole grey levels. */
  pixels: Uint8Array;
  /** In the model's order of channels; samples from 0 to 255. */
  channels: { name: string; low: number; high: number; mean: number }[];
}

const channelNames: Record<InputSettings['color'], string[]> = {
  gray: ['gray'],
  rgb: ['red', 'green', 'blue'],
  bgr: ['blue', 'green', 'red'],
};

/**
 * What the model would see of these files. Scale, mean and std of `input` are ignored: a caller applies them to the channels' figures.
 * Throws `data.picture` for a broken file, `data.input` and its kin where the settings do not fit the model.
 */
export async function previewPictures(
  request: { files: readonly string[]; input: InputDeclaration; modelInput: ModelInput },
  signal: AbortSignal,
): Promise<Preview[]> {
  const float: ModelInput = { ...request.modelInput, type: DataType.float32 };
  const settings = resolveInputSettings({ ...request.input, scale: 1, mean: 0, std: 1 }, float);
  const want = pictureShape(float, settings.layout);
  const previews: Preview[] = [];
  for (const file of request.files) {
    throwIfCancelled(signal);
    const { picture } = await decodePicture(await readFile(file));
    const { input } = preprocess(picture, settings, float.type, want);
    const original = { width: picture.width, height: picture.height };
    const name = file.split(path.sep).slice(-2).join('/');
    previews.push({ name, original, ...draw(input.data as Float32Array, input.dims, settings) });
  }
  return previews;
}

function draw(
  data: Float32Array,
  dims: readonly number[],
  { layout, color }: InputSettings,
): Pick<Preview, 'width' | 'height' | 'pixels' | 'channels'> {
  const [channels = 1, height = 0, width = 0] = layout === 'nchw' ? dims : [dims[2], dims[0], dims[1]];
  const size = width * height;
  const at = (channel: number, pixel: number): number => data[layout === 'nchw' ? channel * size + pixel : pixel * channels + channel] ?? 0;
  const pixels = new Uint8Array(size * 4);
  const shown = color === 'gray' ? [0, 0, 0] : color === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  for (let pixel = 0; pixel < size; pixel++) {
    for (let i = 0; i < 3; i++) pixels[pixel * 4 + i] = Math.max(0, Math.min(255, Math.round(at(shown[i] ?? 0, pixel))));
    pixels[pixel * 4 + 3] = 255;
  }
  const figures = channelNames[color].map((name, channel) => {
    let [low, high, sum] = [Infinity, -Infinity, 0];
    for (let pixel = 0; pixel < size; pixel++) {
      const value = at(channel, pixel);
      low = Math.min(low, value);
      high = Math.max(high, value);
      sum += value;
    }
    return { name, low, high, mean: size ? sum / size : 0 };
  });
  return { width, height, pixels, channels: figures };
}
