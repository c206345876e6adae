import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import type { InputSettings, Picture } from './types.ts';

/** Samples as a model's input stores them. */
export type InputArray = Float32Array | Uint16Array | Uint8Array;

/** An array for samples of one of the types that pictures can be fed to. Throws `data.input-type` for any other. */
export function inputArray(type: DataType, length: number): InputArray {
  if (type === DataType.float32) return new Float32Array(length);
  if (type === DataType.float16) return new Uint16Array(length);
  if (type === DataType.uint8) return new Uint8Array(length);
  throw new LatheError('data.input-type', `pictures cannot be fed to a ${dataTypeName(type)} input`, {
    hint: 'Models with float32, float16 or uint8 inputs take pictures; for others give a .npy file of ready inputs.',
  });
}

export type NormalizeSettings = Pick<InputSettings, 'color' | 'scale' | 'mean' | 'std' | 'layout'>;

/** Writes a picture into an input from `at` on. */
export type Normalizer = (picture: Picture, out: InputArray, at: number) => void;

/**
 * (x * scale - mean) / std of each channel in the model's order, laid out as [C, H, W] or [H, W, C]; uint8 inputs get the samples as they
 * are. To be kept for several pictures: what each of the 256 grey levels becomes is computed once.
 */
export function normalizer(settings: NormalizeSettings, type: DataType): Normalizer {
  const tables: InputArray[] = [];
  const tableOf = (channel: number, value: (sample: number) => number): InputArray => {
    const known = tables[channel];
    if (known) return known;
    const table = inputArray(type, 256);
    for (let sample = 0; sample < 256; sample++) table[sample] = value(sample);
    return (tables[channel] = table);
  };
  return ({ data, channels, width, height }, out, at) => {
    const pixels = width * height;
    for (let c = 0; c < channels; c++) {
      const source = settings.color === 'bgr' ? channels - 1 - c : c;
      const value = converter(settings, type, c);
      const start = at + (settings.layout === 'nchw' ? c * pixels : c);
      const step = settings.layout === 'nchw' ? 1 : channels;
      if (data instanceof Float32Array) for (let i = 0, k = source; i < pixels; i++, k += channels) out[start + i * step] = value(data[k]!);
      // A table costs 256 conversions: small pictures of their own normalizer pay it, long runs never notice.
      else {
        const table = tableOf(c, value);
        for (let i = 0, k = source; i < pixels; i++, k += channels) out[start + i * step] = table[data[k]!]!;
      }
    }
  };
}

/** One sample of channel `c` to its stored form. */
function converter(settings: NormalizeSettings, type: DataType, c: number): (sample: number) => number {
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
