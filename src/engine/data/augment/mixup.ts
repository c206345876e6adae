import { Type } from '@sinclair/typebox';
import { shuffle, type Random } from '../../base/random.ts';
import type { BatchAugmentation } from './augmentation.ts';

const parameters = Type.Object({
  alpha: Type.Number({
    exclusiveMinimum: 0,
    maximum: 100,
    default: 0.2,
    description: 'The share comes from Beta(alpha, alpha): small values mix little, 1 mixes evenly.',
  }),
});

export const mixup: BatchAugmentation<typeof parameters> = {
  name: 'mixup',
  kind: 'batch',
  summary: 'Mixes each picture and its label with another one of its batch, by one share for the batch.',
  source: 'Zhang et al., mixup, arXiv:1710.09412, equation 1 and figure 1a',
  parameters,
  draw({ alpha }, random, rows) {
    const share = beta(alpha, random);
    return {
      share,
      partners: shuffle(
        Array.from({ length: rows }, (_, i) => i),
        random,
      ),
    };
  },
};

/** From Beta(alpha, alpha), by two gamma variates; their logarithms, as those of a small alpha are below the least double. */
function beta(alpha: number, random: Random): number {
  const [a, b] = [logGamma(alpha, random), logGamma(alpha, random)];
  return 1 / (1 + Math.exp(b - a));
}

/** The logarithm of a variate from Gamma(shape, 1): Marsaglia and Tsang, A simple method for generating gamma variables, 2000. */
function logGamma(shape: number, random: Random): number {
  if (shape < 1) return logGamma(shape + 1, random) + Math.log(1 - random.next()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
