import { LatheError } from '../base/errors.ts';
import { DataType } from '../onnx/data-type.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { cutOut, planFit, type FitPlan } from './fit.ts';
import { inputArray, normalizer } from './normalize.ts';
import { resize } from './resize.ts';
import type { InputSettings, LoadedSample, Picture } from './types.ts';

export type Geometry = LoadedSample['geometry'];

/** Input types that pictures can be fed to. */
export const pictureTypes: readonly DataType[] = [DataType.float32, DataType.float16, DataType.uint8];

/**
 * A picture as the model sees it: colour, resize, crop, then (x * scale - mean) / std, laid out as [C, H, W] or [H, W, C]. uint8
 * inputs get the samples as they are. Throws `data.size` when the result has not the size the model takes (`want`, null: any).
 */
export function preprocess(
  picture: Picture,
  settings: InputSettings,
  type: DataType,
  want: { readonly width: number | null; readonly height: number | null },
): { input: RuntimeTensor; geometry: Geometry } {
  const plan = planFit(picture.width, picture.height, settings);
  checkPlan(plan, picture, settings, want);
  const colored = toChannels(picture, settings.color === 'gray' ? 1 : 3);
  const { mode, antialias } = settings.resize ?? { mode: 'bilinear' as const, antialias: true };
  const sized = cutOut(resize(colored, plan.width, plan.height, mode, antialias), plan.window, plan.value);
  const { width, height, channels } = sized;
  const dims = settings.layout === 'nchw' ? [channels, height, width] : [height, width, channels];
  const scaleX = plan.width / picture.width;
  const scaleY = plan.height / picture.height;
  const geometry = { scaleX, scaleY, offsetX: 0 - plan.window.left, offsetY: 0 - plan.window.top };
  const data = inputArray(type, sized.data.length);
  normalizer(settings, type)(sized, data, 0);
  return { input: { type, dims, data }, geometry };
}

/** Throws `data.size` where a picture would not have the size that the model takes, or is smaller than the crop. */
export function checkPlan(
  plan: FitPlan,
  picture: Pick<Picture, 'width' | 'height'>,
  settings: InputSettings,
  want: { readonly width: number | null; readonly height: number | null },
): void {
  const { window } = plan;
  const size = `${picture.width} x ${picture.height}`;
  if (settings.crop && settings.resize?.fit !== 'pad' && (window.left < 0 || window.top < 0)) {
    throw new LatheError('data.size', `a picture of ${size} is smaller than the crop of ${window.width} x ${window.height}`, {
      hint: 'Give a resize before the crop: resize: { size: …, fit: shorter }.',
    });
  }
  if ((want.width ?? window.width) === window.width && (want.height ?? window.height) === window.height) return;
  const got = settings.resize || settings.crop ? `becomes ${window.width} x ${window.height}` : 'has no resize';
  throw new LatheError(
    'data.size',
    `a picture of ${size} (width x height) ${got}, but the model takes ${want.width ?? 'any'} x ${want.height ?? 'any'}`,
    { hint: 'Set resize and crop of the input: resize: { fit: stretch }, or { size: 256, fit: shorter } with crop: 224.' },
  );
}

/** Gray by ITU-R 601 in Pillow's fixed point, (19595 R + 38470 G + 7471 B + 2^15) / 2^16; gray pictures become RGB by repeating. */
export function toChannels(picture: Picture, channels: 1 | 3): Picture {
  if (picture.channels === channels) return picture;
  const { data, width, height } = picture;
  const pixels = width * height;
  const out = data instanceof Float32Array ? new Float32Array(pixels * channels) : new Uint8Array(pixels * channels);
  if (channels === 3) for (let i = 0; i < pixels; i++) out.fill(data[i]!, i * 3, i * 3 + 3);
  else {
    const half = data instanceof Uint8Array ? 0x8000 : 0;
    for (let i = 0, at = 0; i < pixels; i++, at += 3)
      out[i] = (19595 * data[at]! + 38470 * data[at + 1]! + 7471 * data[at + 2]! + half) / 65536;
  }
  return { width, height, channels, data: out };
}
