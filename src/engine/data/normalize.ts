import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import type { Rectangle } from './fit.ts';
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

/** Part of a picture, mirrored; what lies outside the picture is filled with a grey level. */
export interface View {
  readonly window: Rectangle;
  readonly fill: number;
  readonly mirror: { readonly x: boolean; readonly y: boolean };
}

/** Writes a picture, or a view of it, into an input from `at` on. */
export type Normalizer = (picture: Picture, out: InputArray, at: number, view?: View) => void;

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
  return (picture, out, at, view = wholeOf(picture)) => {
    const { data, channels } = picture;
    const { width, height } = view.window;
    const nchw = settings.layout === 'nchw';
    const step = nchw ? 1 : channels;
    for (let c = 0; c < channels; c++) {
      const value = converter(settings, type, c);
      const table = data instanceof Float32Array ? undefined : tableOf(c, value);
      const fill = value(view.fill);
      const source = settings.color === 'bgr' ? channels - 1 - c : c;
      writeRows(picture, view, {
        picture: (from, by, to, count) =>
          table
            ? lookUpRow(data as Uint8Array, from + source, by, table, out, to, step, count)
            : convertRow(data as Float32Array, from + source, by, value, out, to, step, count),
        outside: (to, count) => fillRow(fill, out, to, step, count),
        start: nchw ? at + c * width * height : at + c,
        step,
      });
    }
  };
}

const wholeOf = ({ width, height }: Picture): View => ({
  window: { left: 0, top: 0, width, height },
  fill: 0,
  mirror: { x: false, y: false },
});

interface RowWriter {
  /** `count` pixels: samples `by` apart from `from` on go to `to` and on. */
  picture(from: number, by: number, to: number, count: number): void;
  outside(to: number, count: number): void;
  /** Where the channel begins, and how far apart its pixels are. */
  readonly start: number;
  readonly step: number;
}

function writeRows({ width, height, channels }: Picture, { window, mirror }: View, { picture, outside, start, step }: RowWriter): void {
  // Columns of the window that lie in the picture.
  const first = Math.max(0, -window.left);
  const end = Math.max(first, Math.min(window.width, width - window.left));
  for (let y = 0; y < window.height; y++) {
    const v = window.top + (mirror.y ? window.height - 1 - y : y);
    const row = start + y * window.width * step;
    const isInside = v >= 0 && v < height;
    if (!isInside || end - first < window.width) outside(row, window.width);
    if (!isInside) continue;
    const from = (v * width + window.left + first) * channels;
    if (mirror.x) picture(from + (end - first - 1) * channels, -channels, row + (window.width - end) * step, end - first);
    else picture(from, channels, row + first * step, end - first);
  }
}

// The innermost loops, each a function of its own: five times as fast as inside the closures above.

function lookUpRow(
  data: Uint8Array,
  from: number,
  by: number,
  table: InputArray,
  out: InputArray,
  to: number,
  step: number,
  count: number,
) {
  for (let last = to + count * step; to < last; to += step, from += by) out[to] = table[data[from]!]!;
}

function convertRow(
  data: Float32Array,
  from: number,
  by: number,
  value: (sample: number) => number,
  out: InputArray,
  to: number,
  step: number,
  count: number,
): void {
  for (let last = to + count * step; to < last; to += step, from += by) out[to] = value(data[from]!);
}

function fillRow(value: number, out: InputArray, to: number, step: number, count: number): void {
  for (let last = to + count * step; to < last; to += step) out[to] = value;
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
