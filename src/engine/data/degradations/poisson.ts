import { Type } from '@sinclair/typebox';
import type { Random } from '../../base/random.ts';
import { drawn, rounded, toBytes, type DegradationMethod } from './degradation.ts';

const parameters = Type.Object({
  peak: drawn({
    exclusiveMinimum: 0,
    maximum: 1e6,
    unit: 'photons',
    description: 'Photons that make a white sample: the fewer, the more noise.',
    examples: [30],
  }),
  round: rounded,
});

export const poisson: DegradationMethod<typeof parameters> = {
  name: 'poisson',
  summary: 'Noise of counted light: each sample is 255 / peak · Poisson(x · peak / 255), so bright parts have more of it.',
  source: 'Foi et al., Practical Poissonian-Gaussian noise modeling, IEEE TIP 17(10), 2008',
  parameters,
  apply(picture, { peak, round }, random) {
    const data = new Float32Array(picture.data.length);
    for (let i = 0; i < data.length; i++) data[i] = (255 / peak) * poissonVariate((Math.max(0, picture.data[i]!) * peak) / 255, random);
    return { ...picture, data: round ? toBytes(data) : data };
  },
};

/** Below this mean, multiplying uniform numbers takes fewer of them than rejection does. */
const rejectionFrom = 10;

/** From Poisson(mean). Knuth's product of uniforms; from 10 on PTRS (Hörmann, The transformed rejection method, 1993). */
export function poissonVariate(mean: number, random: Random): number {
  if (mean < rejectionFrom) {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = random.next(); product > limit; product *= random.next()) count++;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const most = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.next() - 0.5;
    const v = 1 - random.next();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= most) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= count * Math.log(mean) - mean - logFactorial(count)) return count;
  }
}

/** Stirling's series, which is right to 1e-9 from 7 on; below, the product itself. */
function logFactorial(n: number): number {
  if (n < 10) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
}
