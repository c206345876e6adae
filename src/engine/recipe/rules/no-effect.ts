import type { Issue } from '../check.ts';
import type { Rule, RuleContext, StepView } from './rule.ts';

/** Steps and entries that do nothing. */
export const noEffect: Rule = {
  kinds: [
    {
      code: 'recipe.no-effect',
      severity: 'warning',
      title: 'A step that does nothing',
      text: 'With these settings the model is afterwards what it was before: no epoch is trained, nothing is removed, or every width is `float`.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - train: { epochs: 0 }',
    },
    {
      code: 'recipe.no-steps',
      severity: 'info',
      title: 'A recipe without steps',
      text: 'A run measures the model and changes nothing. Steps say what is done: `quantize`, `prune`, `train` and others.',
      example: 'target: cpu',
    },
    {
      code: 'recipe.unused-model',
      severity: 'warning',
      title: 'A model that no step uses',
      text: 'Every model of `models` is worked on by a step (`on`) or teaches in one (`teacher`).',
      example:
        'models:\n  teacher: { model: teacher.onnx }\n  student: { model: model.onnx }\nsteps:\n  - quantize: { on: student, method: weight-only }',
    },
  ],
  *check(context) {
    const { recipe, steps, layers, unsure } = context;
    for (const step of steps) {
      const own = layers.some(({ override }) => step.name !== 'train' && ofLayers.some((key) => Object.hasOwn(override, key)));
      const why = (own ? undefined : idle(step)) ?? leftOut(context, step);
      if (why) yield doesNothing(step, why);
    }
    if (unsure(['steps']) || unsure([])) return;
    if (steps.length === 0) yield noSteps(recipe.steps !== undefined);
    else yield* unusedModels(context);
  },
};

/** What layers may bring themselves: then a step that does nothing else does this. */
const ofLayers = ['weights', 'activations', 'channels', 'sparsity', 'values'];

/** Why a step does nothing by its own settings. */
function idle({ name, settings, written }: StepView): string | undefined {
  if (settings['epochs'] === 0) return 'no epoch is trained';
  if (name === 'quantize' && settings['weights'] === 'float' && (settings['activations'] === 'float' || settings['method'] !== 'static'))
    return 'weights and activations stay float';
  if (name !== 'prune') return undefined;
  const { channels } = written;
  if (channels === 0 || (Array.isArray(channels) && channels.length > 0 && channels.every((one) => one === 0)))
    return 'no channel is removed';
  const whole = (['parameters', 'macs', 'latency'] as const).find((goal) => written[goal] === 1);
  return whole && channels === undefined ? `${whole}: 1 means that all of it remains` : undefined;
}

/** Whether `layers` leaves everything out of a step. */
function leftOut({ layers, models }: RuleContext, { name, model }: StepView): string | undefined {
  const index = model === undefined ? undefined : models.get(model)?.index;
  if (!index) return undefined;
  const out = new Uint8Array(index.names.length);
  for (const { override, matches } of layers) {
    if (override[name] === false) for (const place of matches.get(model!) ?? []) out[place] = 1;
  }
  const weighted = index.names.flatMap((_, place) => (index.layer(place).weights ? [place] : []));
  const isTraining = name === 'train' || name === 'distill';
  return weighted.length > 0 && !isTraining && weighted.every((place) => out[place])
    ? '`layers` leaves every layer with weights out of it'
    : undefined;
}

function doesNothing({ name, path, index, settings, written }: StepView, why: string): Issue {
  const spot =
    settings['epochs'] === 0 && written['epochs'] === 0
      ? { path: [...path, 'epochs'], at: 'value' as const }
      : { path, at: 'key' as const };
  const fixes = [{ title: `Remove this ${name}`, changes: [{ kind: 'remove' as const, path: ['steps', index] }] }];
  return {
    ...spot,
    severity: 'warning',
    code: 'recipe.no-effect',
    message: `this ${name} does nothing: ${why}`,
    fixes,
    tag: 'unnecessary',
  };
}

const noSteps = (isWritten: boolean): Issue => ({
  path: isWritten ? ['steps'] : [],
  at: isWritten ? 'key' : 'value',
  severity: 'info',
  code: 'recipe.no-steps',
  message: 'the recipe has no steps: a run measures the model and changes nothing',
  fixes: [{ title: 'Add the step quantize', changes: [{ kind: 'set', path: ['steps'], value: [{ quantize: {} }] }] }],
});

function* unusedModels({ recipe, steps, aliases, unsure }: RuleContext): Generator<Issue> {
  if (recipe.chain || steps.some(({ model }) => model === undefined) || unsure(['models'])) return;
  const used = new Set(steps.flatMap(({ model, written }) => [model, written['teacher']]));
  for (const alias of aliases) {
    if (used.has(alias)) continue;
    const path = ['models', alias];
    const message = `no step uses the model ${JSON.stringify(alias)}`;
    const fixes = [{ title: `Remove "${alias}"`, changes: [{ kind: 'remove' as const, path }] }];
    yield { path, at: 'key', severity: 'warning', code: 'recipe.unused-model', message, fixes, tag: 'unnecessary' };
  }
}
