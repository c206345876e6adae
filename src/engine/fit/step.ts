import { Type, type Static } from '@sinclair/typebox';
import { oneOf, type StepDeclaration } from '../base/declaration.ts';
import { fixes } from './index.ts';

const ids = oneOf(
  Object.fromEntries(fixes.flatMap(({ id, effect, title }) => (effect === 'advice' ? [] : [[id, `${title} (${effect}).`]]))),
  {},
);

const parameters = Type.Object({
  fixes: oneOf(
    {
      exact: 'Those that leave the function as it is, up to rounding.',
      all: 'Those that change it too, each within the bound that is reported: train again behind this step, or look at the loss.',
    },
    { default: 'exact', description: 'Which rewritings the model gets where its target refuses a layer.' },
  ),
  also: Type.Array(ids, { default: [], description: 'Rewritings by name, beside those.', examples: [['leaky-relu-slope']] }),
  without: Type.Array(ids, { default: [], description: 'Rewritings that are left out.', examples: [['ungroup-convolution']] }),
});

export type FitSettings = Static<typeof parameters>;

/** Step `fit` of a recipe. */
export const fitStep = {
  name: 'fit',
  summary: "Rewrites layers that the target's accelerator refuses into ones that it takes.",
  source: 'UG1414 3.5, "Currently Supported Operators"; vai_q_onnx 3.5, simulate_dpu.py',
  parameters,
  starts: ['fixes'],
} satisfies StepDeclaration<typeof parameters>;
