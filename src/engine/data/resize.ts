import type { Picture } from './types.ts';

export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

/** For every output position the first input sample it is made of, and the weights from there on: `width` of them each, 0 where unused. */
interface Taps {
  readonly start: Int32Array;
  readonly weights: Float64Array;
  readonly width: number;
}

interface Kernel {
  readonly radius: number;
  weight(distance: number): number;
}

const triangle: Kernel = { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };

/** Keys' cubic convolution (1981): a = -0.5 is Pillow's, a = -0.75 OpenCV's. */
const cubic = (a: number): Kernel => ({
  radius: 2,
  weight(x) {
    const t = Math.abs(x);
    if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
  },
});

/** Pillow's fixed point: weights are multiples of 2^-22, sums are rounded to 8 bits after each direction (libImaging/Resample.c). */
const fixedPoint = 2 ** 22;

/**
 * Resizes a picture. Positions are pixel centres. With `antialias` the samples equal Pillow's (and torchvision's `antialias=True`): the
 * filter widens with the reduction, and is cut and renormalized at the edges. Without, they are within one grey level of OpenCV's
 * `resize`: 2 or 4 samples whatever the reduction, edges repeated. `nearest` takes the sample under the centre (Pillow's; OpenCV's
 * INTER_NEAREST_EXACT). Float pictures are neither rounded nor clipped.
 */
export function resize(picture: Picture, width: number, height: number, mode: Interpolation, antialias: boolean): Picture {
  if (width === picture.width && height === picture.height) return picture;
  if (mode === 'nearest') return nearest(picture, width, height);
  const exact = antialias && picture.data instanceof Uint8Array;
  const taps = (from: number, to: number): Taps =>
    antialias
      ? filterTaps(from, to, mode === 'bilinear' ? triangle : cubic(-0.5), exact ? fixedPoint : undefined)
      : pointTaps(from, to, mode === 'bilinear' ? triangle : cubic(-0.75));
  const unit = exact ? fixedPoint : 1;
  let result = picture;
  if (width !== picture.width) {
    const size = width * picture.height * picture.channels;
    result = {
      ...result,
      width,
      data: across(result, width, taps(picture.width, width), unit, exact ? new Uint8Array(size) : new Float32Array(size)),
    };
  }
  if (height !== picture.height) {
    const size = width * height * picture.channels;
    result = {
      ...result,
      height,
      data: down(result, height, taps(picture.height, height), unit, exact ? new Uint8Array(size) : new Float32Array(size)),
    };
  }
  if (picture.data instanceof Uint8Array && result.data instanceof Float32Array) {
    return { ...result, data: Uint8Array.from(result.data, (value) => roundToByte(value)) };
  }
  return result;
}

export const roundToByte = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + 0.5));

/** Pillow's `precompute_coeffs`: the kernel is stretched over the input samples that one output sample covers. */
function filterTaps(from: number, to: number, kernel: Kernel, round: number | undefined): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = kernel.radius * stretch;
  const width = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - first; k++) sum += weights[i * width + k] = kernel.weight((k + first - center + 0.5) / stretch);
    for (let k = 0; k < end - first; k++) {
      const weight = weights[i * width + k]! / sum;
      weights[i * width + k] = round === undefined ? weight : Math.trunc(weight * round + (weight < 0 ? -0.5 : 0.5));
    }
    start[i] = first;
  }
  return { start, weights, width };
}

/** OpenCV's `resize`: the kernel at its own width around the centre; samples beyond the edge are the edge's. */
function pointTaps(from: number, to: number, kernel: Kernel): Taps {
  const width = kernel.radius * 2;
  const start = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let i = 0; i < to; i++) {
    const center = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(center) - kernel.radius + 1;
    start[i] = Math.max(0, Math.min(first, from - 1));
    for (let k = 0; k < width; k++) {
      const at = Math.max(0, Math.min(first + k, from - 1));
      weights[i * width + at - start[i]!]! += kernel.weight(first + k - center);
    }
  }
  return { start, weights, width };
}

type Samples = Uint8Array | Float32Array;

function across(picture: Picture, width: number, taps: Taps, unit: number, out: Samples): Samples {
  const { data, channels, height } = picture;
  const round = out instanceof Uint8Array;
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * picture.width * channels;
    const end = row + picture.width * channels;
    for (let x = 0; x < width; x++) {
      const first = row + taps.start[x]! * channels;
      for (let c = 0; c < channels; c++, to++) {
        let sum = 0;
        for (let k = x * taps.width, at = first + c; k < (x + 1) * taps.width && at < end; k++, at += channels) {
          sum += data[at]! * taps.weights[k]!;
        }
        out[to] = round ? roundToByte(sum / unit) : sum / unit;
      }
    }
  }
  return out;
}

function down(picture: Picture, height: number, taps: Taps, unit: number, out: Samples): Samples {
  const { data } = picture;
  const row = picture.width * picture.channels;
  const round = out instanceof Uint8Array;
  for (let y = 0, to = 0; y < height; y++) {
    const first = taps.start[y]! * row;
    for (let i = 0; i < row; i++, to++) {
      let sum = 0;
      for (let k = y * taps.width, at = first + i; k < (y + 1) * taps.width && at < data.length; k++, at += row) {
        sum += data[at]! * taps.weights[k]!;
      }
      out[to] = round ? roundToByte(sum / unit) : sum / unit;
    }
  }
  return out;
}

function nearest(picture: Picture, width: number, height: number): Picture {
  const { channels, data } = picture;
  const out = new (data.constructor as Uint8ArrayConstructor | Float32ArrayConstructor)(width * height * channels);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * picture.width) / width));
  for (let y = 0, to = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * picture.height) / height) * picture.width;
    for (let x = 0; x < width; x++) {
      const from = (row + columns[x]!) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c]!;
    }
  }
  return { width, height, channels, data: out };
}
