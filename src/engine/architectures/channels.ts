/** A width factor on a number of channels; at least one is left. */
export const scaled = (channels: number, width: number): number => Math.max(1, Math.round(channels * width));

/**
 * The multiple of 8 that is nearest, and not below nine tenths (torchvision's `_make_divisible`, from the TensorFlow MobileNets).
 */
export function divisibleBy8(channels: number): number {
  const near = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return near < 0.9 * channels ? near + 8 : near;
}

/**
 * Hands out the strides of the layers that halve the picture. Where a smaller total stride is asked for than usual, the first ones are left
 * out: small pictures keep their resolution, weights and names stay.
 */
export class Halvings {
  #left: number;

  constructor(usual: number, asked: number) {
    this.#left = Math.log2(usual / asked);
  }

  next(): 1 | 2 {
    return this.#left-- > 0 ? 1 : 2;
  }
}
