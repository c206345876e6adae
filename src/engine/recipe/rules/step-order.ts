import type { Issue } from '../check.ts';
import { isRounding } from '../rounding-step.ts';
import type { Fix } from '../fix.ts';
import type { Rule, RuleContext, StepView } from './rule.ts';

/** Steps that begin with the float model before. */
const fromFloat: ReadonlySet<string> = new Set(['qat', 'joint']);

/** Steps whose order undoes them. */
export const stepOrder: Rule = {
  kinds: [
    {
      code: 'recipe.step-order',
      severity: 'warning',
      title: 'Steps in an order that undoes them',
      text: 'Training, pruning, sharing weights and fitting need the float weights; behind `quantize`, `qat` or `auto` there are integers. What is already rounded is not rounded again either, but for `qat` and `joint`, which begin with the float model before. The usual order is: train, distill, prune, cluster, fit, quantize, qat; a fit that changes the function stands before the training.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  calibration: { path: pictures }\nsteps:\n  - quantize: {}\n  - prune: { channels: 0.5 }',
    },
  ],
  *check({ recipe, steps }) {
    const roundedBy = new Map<string, StepView>();
    for (const step of steps) {
      if (step.model === undefined) continue;
      const before = roundedBy.get(step.model);
      if (before && !fromFloat.has(step.name)) yield outOfOrder(recipe.steps ?? [], step, before);
      else if (isRounding(step.name, step.written)) roundedBy.set(step.model, step);
    }
  },
};

function outOfOrder(steps: NonNullable<RuleContext['recipe']['steps']>, step: StepView, before: StepView): Issue {
  const again = isRounding(step.name, step.written);
  const message = again
    ? `${step.name} does nothing behind ${before.name} (step ${before.index + 1}): the layers are quantized already`
    : `${step.name} behind ${before.name} (step ${before.index + 1}) works on integers, and nothing rounds what it leaves: it belongs before`;
  const item = ['steps', step.index] as const;
  const remove: Fix = { title: `Remove this ${step.name}`, changes: [{ kind: 'remove', path: item }] };
  const move: Fix = {
    title: `Move ${step.name} before ${before.name}`,
    changes: [
      { kind: 'insert', path: ['steps'], index: before.index, value: steps[step.index] },
      { kind: 'remove', path: item },
    ],
  };
  return {
    path: step.path,
    at: 'key',
    severity: 'warning',
    code: 'recipe.step-order',
    message,
    fixes: [again ? remove : move],
    related: [{ path: before.path, at: 'key', message: 'here the weights become integers' }],
  };
}
