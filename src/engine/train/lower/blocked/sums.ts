import type { BlockedSite } from './site.ts';

/** Elements of one channel. */
export const count = ([n, , ...size]: readonly number[]): number => n! * size.reduce((product, dim) => product * dim, 1);

/** Σ over pictures of [1, n·Cp, 1, 1], times a factor: [Cp]. */
function overPictures(site: BlockedSite, value: string, n: number, channels: number, factor: number): string {
  const summed = site.emit('ReduceSum', [site.reshape(value, [n, channels]), site.indices([0])], { keepdims: 0 });
  return factor === 1 ? summed : site.emit('Mul', [summed, site.number(factor)]);
}

/** Σ x of each channel times a factor, [Cp]: pictures and channels as channels of one picture, so that pooling sums the places in one pass. */
export function sum(site: BlockedSite, x: string, shape: readonly number[], factor: number): string {
  const [n, channels, height, width] = shape as [number, number, number, number];
  const pooled = site.blockedOp('GlobalAveragePool', [site.reshape(x, [1, n * channels, height, width])]);
  return overPictures(site, pooled, n, channels, factor * height * width);
}

/** Σ x·y over the places of each channel of each picture, [1, n·Cp, 1, 1]: a depthwise convolution of one with the other as its filter. */
export function pictureProducts(site: BlockedSite, x: string, y: string, shape: readonly number[]): string {
  const [n, channels, height, width] = shape as [number, number, number, number];
  const all = n * channels;
  return site.conv([site.reshape(x, [1, all, height, width]), site.reshape(y, [all, 1, height, width])], [height, width], all);
}

/** Σ x·y of each channel times a factor, [Cp]. */
export function sumOfProducts(site: BlockedSite, x: string, y: string, shape: readonly number[], factor: number): string {
  return overPictures(site, pictureProducts(site, x, y, shape), shape[0]!, shape[1]!, factor);
}
