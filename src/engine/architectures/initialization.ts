import type { Random } from '../base/random.ts';

/** How many values a weight is fed from, and how many it feeds (PyTorch's `_calculate_fan_in_and_fan_out`: groups narrow the first only). */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** Gives the values of a new weight one by one. */
export type Initialization = (random: Random, fans: Fans) => () => number;

const normalOf =
  (deviation: (fans: Fans) => number): Initialization =>
  (random, fans) => {
    const scale = deviation(fans);
    let spare: number | undefined;
    // Both values of Box and Muller's pair: large networks have hundreds of millions.
    return () => {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const [radius, angle] = [scale * Math.sqrt(-2 * Math.log(1 - random.next())), 2 * Math.PI * random.next()];
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    };
  };

const uniformOf =
  (bound: (fans: Fans) => number): Initialization =>
  (random, fans) => {
    const scale = bound(fans);
    return () => scale * (2 * random.next() - 1);
  };

/** He et al., arXiv:1502.01852, equation 14: backward signals keep their variance behind rectifiers. */
export const kaimingNormal = normalOf((fans) => Math.sqrt(2 / fans.out));
/** He et al., arXiv:1502.01852, equation 10, as a uniform distribution. */
export const kaimingUniform = uniformOf((fans) => Math.sqrt(6 / fans.in));
/** Glorot and Bengio 2010, equation 12, as a normal distribution. */
export const xavierNormal = normalOf((fans) => Math.sqrt(2 / (fans.in + fans.out)));
/** PyTorch's default of linear layers and their biases: Kaiming uniform with a slope of √5. */
export const linearUniform = uniformOf((fans) => 1 / Math.sqrt(fans.in));
/** As torchvision's EfficientNet begins its classifier. */
export const outputUniform = uniformOf((fans) => 1 / Math.sqrt(fans.out));
export const normal = (deviation: number): Initialization => normalOf(() => deviation);
export const constant =
  (value: number): Initialization =>
  () =>
  () =>
    value;
