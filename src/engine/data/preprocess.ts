import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { planFit, type FitPlan } from './fit.ts';
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
  const sized = cut(resize(colored, plan.width, plan.height, mode, antialias), plan);
  const { width, height, channels } = sized;
  const dims = settings.layout === 'nchw' ? [channels, height, width] : [height, width, channels];
  const scaleX = plan.width / picture.width;
  const scaleY = plan.height / picture.height;
  const geometry = { scaleX, scaleY, offsetX: 0 - plan.window.left, offsetY: 0 - plan.window.top };
  return { input: { type, dims, data: normalize(sized, settings, type) }, geometry };
}

function checkPlan(plan: FitPlan, picture: Picture, settings: InputSettings, want: { width: number | null; height: number | null }): void {
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

/** Takes the plan's window; where it reaches outside, fills. */
function cut(picture: Picture, { window, value }: FitPlan): Picture {
  const { width, height, channels, data } = picture;
  if (window.left === 0 && window.top === 0 && window.width === width && window.height === height) return picture;
  const out = new (data.constructor as Uint8ArrayConstructor | Float32ArrayConstructor)(window.width * window.height * channels);
  if (value !== 0) out.fill(value);
  const from = Math.max(0, window.left);
  const to = Math.min(width, window.left + window.width);
  for (let y = Math.max(0, window.top); y < Math.min(height, window.top + window.height) && from < to; y++) {
    const row = data.subarray((y * width + from) * channels, (y * width + to) * channels);
    out.set(row, ((y - window.top) * window.width + from - window.left) * channels);
  }
  return { width: window.width, height: window.height, channels, data: out };
}

type Output = Float32Array | Uint16Array | Uint8Array;

function normalize(picture: Picture, settings: InputSettings, type: DataType): Output {
  const { data, channels } = picture;
  const pixels = picture.width * picture.height;
  const out = outputArray(type, data.length);
  for (let c = 0; c < channels; c++) {
    const source = settings.color === 'bgr' ? channels - 1 - c : c;
    const [to, step] = settings.layout === 'nchw' ? [c * pixels, 1] : [c, channels];
    const value = converter(settings, type, c);
    if (data instanceof Uint8Array) {
      // All 256 answers are made once.
      const table = outputArray(type, 256);
      for (let sample = 0; sample < 256; sample++) table[sample] = value(sample);
      for (let i = 0, at = source; i < pixels; i++, at += channels) out[to + i * step] = table[data[at]!]!;
    } else for (let i = 0, at = source; i < pixels; i++, at += channels) out[to + i * step] = value(data[at]!);
  }
  return out;
}

function outputArray(type: DataType, length: number): Output {
  if (type === DataType.float32) return new Float32Array(length);
  if (type === DataType.float16) return new Uint16Array(length);
  if (type === DataType.uint8) return new Uint8Array(length);
  throw new LatheError('data.input-type', `pictures cannot be fed to a ${dataTypeName(type)} input`, {
    hint: 'Models with float32, float16 or uint8 inputs take pictures; for others give a .npy file of ready inputs.',
  });
}

/** One sample of channel `c` to its stored form. */
function converter(settings: InputSettings, type: DataType, c: number): (sample: number) => number {
  const [mean, std] = [settings.mean[c]!, settings.std[c]!];
  const plain = (sample: number): number => (sample * settings.scale - mean) / std;
  if (type === DataType.uint8) return (sample) => Math.min(255, Math.max(0, Math.round(sample)));
  return type === DataType.float16 ? (sample) => toFloat16(plain(sample)) : plain;
}

const float32 = new Float32Array(1);
const word = new Uint32Array(float32.buffer);

/** IEEE 754 binary16, round to nearest even, from the nearest float32. */
export function toFloat16(value: number): number {
  float32[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  // Normal from 2^-14; below, the fraction is shifted into a subnormal.
  const shift = exponent > 112 ? 13 : Math.min(31, 126 - exponent);
  const full = exponent > 112 ? ((exponent - 112) << 23) | fraction : fraction | 0x800000;
  if (exponent < 102) return sign;
  const kept = full >>> shift;
  const rest = full & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const rounded = kept + (rest > half || (rest === half && kept & 1) ? 1 : 0);
  return sign | Math.min(rounded, 0x7c00);
}
