import { Type, type Static } from '@sinclair/typebox';
import type { StepDeclaration } from '../base/declaration.ts';
import { lossesSetting } from './losses/index.ts';
import { headParameters, trainingParameters } from './settings.ts';

const parameters = Type.Object({
  ...trainingParameters,
  ...headParameters,
  losses: lossesSetting,
});

export type TrainSettings = Static<typeof parameters>;

/** Step `train` of a recipe: plain training, or fine-tuning of what is trained already. */
export const trainStep = {
  name: 'train',
  summary: 'Trains the weights on labelled pictures, or goes on training them.',
  parameters,
  starts: ['epochs'],
  needs: () => ['train'],
} satisfies StepDeclaration<typeof parameters>;
