import { Type, type Static } from '@sinclair/typebox';
import type { StepDeclaration } from '../base/declaration.ts';
import { finetuneParameters, teacherParameter } from './finetune-settings.ts';

const parameters = Type.Object({
  values: Type.Integer({
    minimum: 2,
    maximum: 65_536,
    default: 16,
    layer: true,
    description:
      'Different numbers that the weights of a layer have in the end, zero among them where some are zero. 16 are indices of 4 bits, 256 of 8. Layers with fewer weights than that stay as they are.',
  }),
  finetune: Type.Optional(finetuneParameters),
  teacher: teacherParameter('the newest one from which nothing had been taken away'),
});

export type ClusterSettings = Static<typeof parameters>;

/** Step `cluster` of a recipe. */
export const clusterStep = {
  name: 'cluster',
  summary: 'Gives the weights of a layer a few values that they share.',
  source: 'Han, Mao and Dally, Deep Compression, arXiv:1510.00149, section 3',
  parameters,
  starts: ['values'],
} satisfies StepDeclaration<typeof parameters>;
