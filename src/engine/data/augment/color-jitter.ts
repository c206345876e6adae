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
      const canvas = { data: Float32Array.from(picture.data), channels: picture.channels, free: picture.data instanceof Float32Array };
      for (const change of changes) change(canvas);
      return { ...picture, data: canvas.free ? canvas.data : Uint8Array.from(canvas.data, roundToByte) } satisfies Picture;
    };
  },
};

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

/**
 * Adds `turn` to the hue of HSV (Smith, Color gamut transform pairs, 1978), a turn being 1. Value and least sample of a pixel stay, so
 * the samples only move between them.
 */
function turnHue({ data, channels }: Canvas, turn: number): void {
  if (channels === 1) return;
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const most = Math.max(r, g, b);
    const least = Math.min(r, g, b);
    const range = most - least;
    if (range === 0) continue;
    const sixth = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
    const hue = sixth + 6 * turn + 12;
    for (let c = 0; c < 3; c++) {
      // Distance on the circle of six from this channel's own hue: up to 1 full, from 2 on nothing.
      const away = (hue - 2 * c) % 6;
      const distance = away > 3 ? 6 - away : away;
      data[i + c] = least + range * Math.min(1, Math.max(0, 2 - distance));
    }
  }
}
