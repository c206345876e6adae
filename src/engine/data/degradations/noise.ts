import { Type } from '@sinclair/typebox';
import { drawn, rounded, toBytes, type DegradationMethod } from './degradation.ts';

const parameters = Type.Object({
  sigma: drawn({ minimum: 0, maximum: 255, unit: 'grey levels', description: 'Standard deviation of the noise.', examples: [25] }),
  round: rounded,
});

export const noise: DegradationMethod<typeof parameters> = {
  name: 'noise',
  summary: 'Gaussian noise, the same in bright and dark parts: x + N(0, sigma²).',
  source: 'Zhang et al., Beyond a Gaussian denoiser, arXiv:1608.03981',
  parameters,
  apply(picture, { sigma, round }, random) {
    const data = new Float32Array(picture.data.length);
    for (let i = 0; i < data.length; i++) data[i] = picture.data[i]! + sigma * random.normal();
    return { ...picture, data: round ? toBytes(data) : data };
  },
};
