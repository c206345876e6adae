import { Type } from '@sinclair/typebox';
import type { LossDeclaration } from './declaration.ts';
import type { InputSettings } from '../../data/types.ts';
import type { Loss, LossSite } from './loss.ts';
import { difference } from './restoration.ts';

/** Gaussian window of Wang, Bovik, Sheikh and Simoncelli (2004): 11 × 11, sigma 1.5, K1 = 0.01, K2 = 0.03. */
const widest = 11;
const sigma = 1.5;
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;

export interface SsimSettings {
  /** How pictures became the network's input: its output is taken to be in the same units. Absent: 0 to 1, [batch, channels, height, width]. */
  readonly input?: Pick<InputSettings, 'scale' | 'mean' | 'std' | 'layout'>;
}

/**
 * 1 − mean structural similarity of output and target, over all windows that lie inside and all channels (Wang et al. 2004, eq. 13), on pictures brought back
 * to 0..1. Pictures smaller than the window get the widest one that fits. Throws `training.no-target`.
 */
export const ssim = ({ input }: SsimSettings = {}): Loss => ({
  name: 'ssim',
  build(site) {
    const { shape } = difference(site);
    const [, ...rest] = shape as [number, number, number, number];
    const [channels, height, width] = input?.layout === 'nhwc' ? ([rest[2], rest[0], rest[1]] as const) : rest;
    const fits = Math.min(widest, height, width);
    const blurred = (value: string): string => blur(site, value, channels, fits % 2 ? fits : fits - 1);
    const a = asUnits(site, site.outputs[0]!.name, channels, input);
    const b = asUnits(site, site.target(), channels, input);
    const [add, subtract, multiply] = ['Add', 'Sub', 'Mul'].map((op) => (x: string, y: string) => site.emit(op, [x, y])) as [
      Pair,
      Pair,
      Pair,
    ];
    const [meanA, meanB] = [blurred(a), blurred(b)];
    const [squareA, squareB, both] = [multiply(meanA, meanA), multiply(meanB, meanB), multiply(meanA, meanB)];
    const variances = subtract(blurred(add(multiply(a, a), multiply(b, b))), add(squareA, squareB));
    const covariance = subtract(blurred(multiply(a, b)), both);
    const twice = (value: string, more: number): string => add(multiply(value, site.number(2)), site.number(more));
    const above = multiply(twice(both, c1), twice(covariance, c2));
    const below = multiply(add(add(squareA, squareB), site.number(c1)), add(variances, site.number(c2)));
    return subtract(site.number(1), site.emit('ReduceMean', [site.emit('Div', [above, below])], { keepdims: 0 }));
  },
});

type Pair = (x: string, y: string) => string;

/** A picture as [batch, channels, height, width] from 0 to 1. */
function asUnits(site: LossSite, value: string, channels: number, input: SsimSettings['input']): string {
  if (!input) return value;
  const planes = input.layout === 'nhwc' ? site.emit('Transpose', [value], { perm: [0, 3, 1, 2] }) : value;
  const each = (numbers: readonly number[]): string =>
    site.constant(
      [channels, 1, 1],
      Float32Array.from({ length: channels }, (_, c) => numbers[c % numbers.length]!),
    );
  const peak = 255 * input.scale;
  const scaled = site.emit('Mul', [planes, each(input.std.map((std) => std / peak))]);
  return site.emit('Add', [scaled, each(input.mean.map((mean) => mean / peak))]);
}

/** Weighted means over the windows that lie inside: along the columns, then along the rows. */
function blur(site: LossSite, value: string, channels: number, size: number): string {
  const weights = Array.from({ length: size }, (_, i) => Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const window = Float32Array.from({ length: channels * size }, (_, i) => weights[i % size]! / sum);
  const along = (x: string, shape: readonly [number, number]): string =>
    site.emit('Conv', [x, site.constant([channels, 1, ...shape], window)], { kernel_shape: [...shape], group: channels });
  return along(along(value, [size, 1]), [1, size]);
}

export const ssimLoss = {
  name: 'ssim',
  summary: '1 − structural similarity of output and target, on pictures from 0 to 1.',
  source: 'Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13',
  parameters: Type.Object({}),
  compares: 'targets',
  make: (_settings, { input }) => ssim(input ? { input } : {}),
} satisfies LossDeclaration;
