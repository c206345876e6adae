import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { oneOf, summaries, type StepDeclaration } from '../base/declaration.ts';
import { quantizeStep, type QuantizeSettings } from '../quantize/step.ts';
import { trainingParameters } from '../train/settings.ts';
import { methods } from './methods/index.ts';

/** Keys of `quantize` that say what is rounded, and how training begins. `method` has another meaning here; one without pictures cannot train. */
const left = new Set(['method', 'statistics']);

/** What a key of `quantize` is where neither this step nor a `quantize` before it says. */
export const ownDefaults: Partial<QuantizeSettings> = { method: 'static', statistics: 'pictures', round: 'layer' };

/** The keys of `quantize`, each absent unless written: then a step before may say at which values of others they are read. */
function quantizeParameters(): Record<string, TSchema> {
  const found: Record<string, TSchema> = {};
  for (const [key, { default: usual, when: _, ...schema }] of Object.entries<TSchema>(quantizeStep.parameters.properties)) {
    if (left.has(key)) continue;
    const value = JSON.stringify(ownDefaults[key as keyof QuantizeSettings] ?? usual);
    const description = `${schema.description ?? ''} By default as in the step \`quantize\` before, else ${value}.`;
    found[key] = Type.Optional({ ...schema, description } as TSchema);
  }
  return found;
}

const parameters = Type.Object({
  ...trainingParameters,
  epochs: { ...trainingParameters.epochs, default: 3 },
  'learning-rate': { ...trainingParameters['learning-rate'], default: 1e-4 },
  schedule: { ...trainingParameters.schedule, default: 'cosine' },
  'warm-up': { ...trainingParameters['warm-up'], default: 0.3 },
  'batch-normalization': oneOf(
    {
      training:
        'By each batch, on top of the rounded weights, and folded into their scales in the end (one scale a channel); it stands still from `freeze-scales` on, unless `freeze-batch-normalization` says when.',
      frozen: 'Folded into the weights, which are trained with their biases.',
      're-estimate': 'As `training`, and the stored ones are measured anew before the model is.',
    },
    { default: 'frozen', description: 'What batch normalization goes by.' },
  ),
  'weight-decay': { ...trainingParameters['weight-decay'], default: 0 },
  method: oneOf(summaries(methods), {
    default: 'lsq',
    description: 'What is trained, and how rounding is seen through.',
    source: methods.map(({ source }) => source).join('; '),
  }),
  alpha: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.9,
    description: 'Share of what the float model answers in what is learned; the rest is the labels. Without labels it is all.',
    source: 'Hinton et al., Distilling the knowledge in a neural network, arXiv:1503.02531; Mishra and Marr, Apprentice, arXiv:1711.05852',
  }),
  temperature: Type.Number({
    minimum: 0.1,
    maximum: 100,
    default: 3,
    description: "Softens the float model's answers where they are classes.",
  }),
  grid: oneOf(
    {
      'powers-of-two': 'Zero and signed powers of two, 2^(bits − 2) of them and at most seven.',
      integers: 'Integers times a scale.',
    },
    {
      default: 'powers-of-two',
      when: { method: ['inq'] },
      description: 'What weights become with `method: inq`.',
      source: 'Zhou et al., Incremental network quantization, arXiv:1702.03044, section 2.1',
    },
  ),
  'scale-rate': Type.Number({
    minimum: 0,
    maximum: 1000,
    default: 5,
    description:
      'Learning rate of trained scales, as a multiple of the one of weights. Scales are trained as multiples of what they begin with.',
  }),
  'freeze-scales': Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.8,
    description: 'Part of the training after which scales stand still, so that the weights settle on their grids. 1: never.',
  }),
  ...quantizeParameters(),
});

export type QatSettings = Static<typeof parameters>;

/** Step `qat` of a recipe: quantization-aware training. */
export const qatStep = {
  name: 'qat',
  summary: 'Trains the model with its weights and activations rounded, and writes what was trained as integers.',
  source: 'Jacob et al., arXiv:1712.05877, section 3; Esser et al., Learned step size quantization, arXiv:1902.08153',
  parameters,
  starts: ['epochs'],
} satisfies StepDeclaration<typeof parameters>;
