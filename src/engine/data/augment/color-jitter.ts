import { Type } from '@sinclair/typebox';
import { shuffle, type Random } from '../../base/random.ts';
import { roundToByte } from '../resize.ts';
import type { Picture } from '../types.ts';
import type { PixelAugmentation } from './augmentation.ts';

const strength = (standard: number, what: string) =>
  Type.Number({ minimum: 0, maximum: 10, default: standard, description: `${what} 0 leaves it as it is.` });

const parameters = Type.Object({
  brightness: strength(0.4, 'The picture is multiplied by a factor from 1 - this (at least 0) to 1 + this.'),
  contrast: strength(0.4, 'Distance from the mean grey level is multiplied by such a factor.'),
  saturation: strength(0.4, 'Distance from the grey picture is multiplied by such a factor.'),
  hue: Type.Number({
    minimum: 0,
    maximum: 0.5,
    default: 0.1,
    unit: 'turns',
    description: 'Hue is turned by at most this, both ways.',
  }),
});

/** RGB or grey samples as floats; changed in place. */
interface Canvas {
  readonly data: Float32Array;
  readonly channels: 1 | 3;
  /** Of floats that a degradation made: neither rounded nor clipped. */
  readonly free: boolean;
}

type Change = (canvas: Canvas) => void;

export const colorJitter: PixelAugmentation<typeof parameters> = {
  name: 'color-jitter',
  kind: 'pixels',
  needs: 'pictures',
  summary: 'Changes brightness, contrast, saturation and hue by random factors, in random order.',
  source: 'Howard, Some improvements on deep convolutional networks, arXiv:1312.5402; torchvision ColorJitter',
  parameters,
  draw({ brightness, contrast, saturation, hue }, random) {
    const factor = (range: number): number => uniform(random, Math.max(0, 1 - range), 1 + range);
    const [light, spread, color, turn] = [factor(brightness), factor(contrast), factor(saturation), uniform(random, -hue, hue)];
    const changes = shuffle<Change>(
      [
        (canvas) => light !== 1 && scale(canvas, light, 0),
        (canvas) => spread !== 1 && scale(canvas, spread, (1 - spread) * meanGrey(canvas)),
        (canvas) => color !== 1 && saturate(canvas, color),
        (canvas) => turn !== 0 && turnHue(canvas, turn),
      ],
      random,
    );
    return (picture) => {
      const canvas = { data: new Float32Array(picture.data), channels: picture.channels, free: picture.data instanceof Float32Array };
      for (const change of changes) change(canvas);
      return { ...picture, data: canvas.free ? canvas.data : rounded(canvas.data) } satisfies Picture;
    };
  },
};

function rounded(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = roundToByte(values[i]!);
  return bytes;
}

const uniform = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

/** Luma of ITU-R 601, as torchvision rounds its weights. */
const grey = (r: number, g: number, b: number): number => 0.2989 * r + 0.587 * g + 0.114 * b;

const clip = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** x * factor + offset. */
function scale({ data, free }: Canvas, factor: number, offset: number): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]! * factor + offset;
    data[i] = free ? value : clip(value);
  }
}

function meanGrey({ data, channels }: Canvas): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) sum += channels === 1 ? data[i]! : grey(data[i]!, data[i + 1]!, data[i + 2]!);
  return (sum * channels) / data.length;
}

function saturate({ data, channels, free }: Canvas, factor: number): void {
  if (channels === 1) return;
  for (let i = 0; i < data.length; i += 3) {
    const rest = (1 - factor) * grey(data[i]!, data[i + 1]!, data[i + 2]!);
    for (let c = i; c < i + 3; c++) {
      const value = data[c]! * factor + rest;
      data[c] = free ? value : clip(value);
    }
  }
}

/** By how far a hue, in sixths of the circle, is from a channel's own: full up to 1, nothing from 2 on. */
function partOfChannel(away: number): number {
  const distance = Math.abs(away - 6 * Math.floor(away / 6 + 0.5));
  return distance < 1 ? 1 : distance > 2 ? 0 : 2 - distance;
}

/**
 * Adds `turn` to the hue of HSV (Smith, Color gamut transform pairs, 1978), a turn being 1. Value and least sample of a pixel stay, so
 * the samples only move between them.
 */
function turnHue({ data, channels }: Canvas, turn: number): void {
  if (channels === 1) return;
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i]!;
    const g = data[i + 1]!;
    const b = data[i + 2]!;
    const most = Math.max(r, g, b);
    const least = Math.min(r, g, b);
    const range = most - least;
    if (range === 0) continue;
    const sixth = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    const hue = sixth + 6 * turn;
    data[i] = least + range * partOfChannel(hue);
    data[i + 1] = least + range * partOfChannel(hue - 2);
    data[i + 2] = least + range * partOfChannel(hue - 4);
  }
}
