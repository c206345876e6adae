import type { Issue, Path } from '../check.ts';
import { nearest, suggestion } from '../nearest.ts';
import { findStep } from '../steps.ts';
import type { Rule } from './rule.ts';

/** Which of several models a step works on. */
export const stepModel: Rule = {
  kinds: [
    {
      code: 'recipe.on',
      severity: 'error',
      title: 'A step that does not say which model it works on',
      text: 'In a recipe of several `models` every step names one of them with `on`. With one `model` there is nothing to name.',
      example:
        'models:\n  teacher: { model: model.onnx }\n  student: { new: resnet18, classes: 4, input: [3, 32, 32] }\nsteps:\n  - quantize: { on: studnet }',
    },
  ],
  *check({ recipe, steps, aliases, unsure }) {
    for (const { name, path } of steps) {
      const on = Object.values(recipe.steps?.[path[1] as number] ?? {})[0]?.['on'];
      const key = [...path, 'on'];
      if (recipe.models === undefined) {
        if (on !== undefined && !unsure(['models'])) yield superfluous(key);
      } else if (unsure(['models']) || unsure(key)) continue;
      else if (on === undefined) {
        // That a step of a chain has none is said by its own rule.
        if (aliases.length > 1 && !recipe.chain && !unsure(['chain']) && !findStep(name)?.chained) yield missing(name, path, aliases);
      } else if (!aliases.includes(on as string)) yield unknown(on as string, key, aliases);
    }
  },
};

const error = (path: Path, at: Issue['at'], message: string): Issue => ({ path, at, severity: 'error', code: 'recipe.on', message });

const superfluous = (path: Path): Issue => ({
  ...error(path, 'key', '`on` names one of `models`, and this recipe has one `model`'),
  fixes: [{ title: 'Remove "on"', changes: [{ kind: 'remove', path }] }],
});

const missing = (step: string, path: Path, aliases: readonly string[]): Issue => ({
  ...error(path, 'key', `${step} needs "on": which of the models it works on (${aliases.join(', ')})`),
  fixes: aliases
    .slice(0, 8)
    .map((alias) => ({ title: `Work on ${alias}`, changes: [{ kind: 'set', path: [...path, 'on'], value: alias }] })),
});

function unknown(on: string, path: Path, aliases: readonly string[]): Issue {
  const near = nearest(on, aliases);
  const message = `there is no model ${JSON.stringify(on)}${suggestion(near) || `; there are ${aliases.join(', ')}`}`;
  return { ...error(path, 'value', message), ...(near === undefined ? {} : { fix: near }) };
}
