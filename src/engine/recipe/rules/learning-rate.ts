import { trainingParameters } from '../../train/settings.ts';
import type { Issue } from '../check.ts';
import type { Rule, StepView } from './rule.ts';

/** What papers begin with: Kingma and Ba, arXiv:1412.6980 (0.001); He et al., arXiv:1512.03385 (0.1, with momentum). */
const usual = { adam: 1e-3, adamw: 1e-3, sgd: 0.1 } as const;
/** Times the usual: above, training diverges; below, so many times more epochs than anyone runs would be needed. */
const [tooHigh, tooLow] = [30, 1e-5];

/** Training that diverges, or never gets anywhere. */
export const learningRate: Rule = {
  kinds: [
    {
      code: 'recipe.learning-rate',
      severity: 'warning',
      title: 'A learning rate that is far off',
      text: 'Adam and AdamW usually learn at 0.001 (0.0001 for what is trained already), SGD with momentum at 0.1 (0.001 to 0.01). 30 times as much makes training diverge: mostly a rate of SGD was left with Adam. With 1/100,000 of it hardly anything is learned.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - train: { optimizer: adam, learning-rate: 0.1 }',
    },
    {
      code: 'recipe.schedule',
      severity: 'warning',
      title: 'A schedule that is longer than the training',
      text: 'The learning rate rises over `warm-up` epochs and, with `schedule: step`, falls every `decay-epochs`. Where the training ends before, it never reaches its height, or never falls.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - train: { epochs: 5, warm-up: 5 }',
    },
  ],
  *check({ steps }) {
    for (const step of steps) {
      for (const site of [{ step, path: step.path, written: step.written, settings: step.settings }, nested(step)]) {
        if (!site) continue;
        yield* rate(site);
        yield* schedule(site);
      }
    }
  },
};

interface Site {
  readonly path: readonly (string | number)[];
  readonly written: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Training inside a step: `finetune`. */
function nested({ path, written, settings }: StepView): Site | undefined {
  const [mine, filled] = [written['finetune'], settings['finetune']];
  if (typeof mine !== 'object' || mine === null || typeof filled !== 'object' || filled === null) return undefined;
  return { path: [...path, 'finetune'], written: mine as Site['written'], settings: filled as Site['settings'] };
}

function* rate({ path, written, settings }: Site): Generator<Issue> {
  const value = written['learning-rate'];
  const optimizer = settings['optimizer'] as keyof typeof usual | undefined;
  if (typeof value !== 'number' || optimizer === undefined || !Object.hasOwn(usual, optimizer)) return;
  const times = value / usual[optimizer];
  if (times <= tooHigh && times >= tooLow) return;
  const what = times > tooHigh ? 'training will diverge' : 'hardly anything will be learned';
  const at = [...path, 'learning-rate'];
  yield {
    path: at,
    at: 'value',
    severity: 'warning',
    code: 'recipe.learning-rate',
    message: `${value} is far ${times > 1 ? 'above' : 'below'} what ${optimizer} learns at (${usual[optimizer]}): ${what}`,
    fixes: [{ title: `Set learning-rate: ${usual[optimizer]}`, changes: [{ kind: 'set', path: at, value: usual[optimizer] }] }],
  };
}

function* schedule({ path, written, settings }: Site): Generator<Issue> {
  const epochs = settings['epochs'];
  if (typeof epochs !== 'number' || epochs === 0) return;
  const warmUp = written['warm-up'];
  const late = (key: string, message: string, value: number): Issue => ({
    path: [...path, key],
    at: 'value',
    severity: 'warning',
    code: 'recipe.schedule',
    message,
    fixes: [{ title: `Set ${key}: ${value}`, changes: [{ kind: 'set', path: [...path, key], value }] }],
  });
  if (typeof warmUp === 'number' && warmUp >= epochs)
    yield late(
      'warm-up',
      `the learning rate rises over ${warmUp} epochs, and there are only ${epochs}`,
      Math.max(0, Math.floor(epochs / 10)),
    );
  const decay = written['decay-epochs'];
  // Recipes of runs have every default written out.
  if (decay === trainingParameters['decay-epochs'].default) return;
  if (typeof decay === 'number' && settings['schedule'] === 'step' && decay >= epochs)
    yield late(
      'decay-epochs',
      `the learning rate falls after ${decay} epochs, and there are only ${epochs}`,
      Math.max(1, Math.ceil(epochs / 3)),
    );
}
