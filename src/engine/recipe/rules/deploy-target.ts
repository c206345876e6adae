import { deployEntries } from '../deploy-entries.ts';
import { isRounding } from '../rounding-step.ts';
import type { Rule } from './rule.ts';

/** A board whose arithmetic is not what the recipe quantizes for. */
export const deployTarget: Rule = {
  kinds: [
    {
      code: 'recipe.deploy-target',
      severity: 'warning',
      title: 'A board that the model is not quantized for',
      text: 'Accelerators that rescale by shifts take models whose scales are powers of two, with ranges and positions of their own: their compilers refuse others, or leave every layer to the CPU. Quantize for the board by naming it as `target` of the recipe; a CPU runs the result as well.',
      example:
        'target: cpu\ndata:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  calibration: { path: pictures }\nsteps:\n  - quantize: {}\ndeploy: { target: zcu104 }',
    },
  ],
  *check(context) {
    const { target: own, steps } = context;
    if (!steps.some(({ name, written }) => isRounding(name, written))) return;
    for (const { entry, path, target } of deployEntries(context)) {
      if (entry.target === undefined || !target.fixPositions || target.fixPositions === own.fixPositions) continue;
      yield {
        path: [...path, 'target'],
        at: 'value',
        severity: 'warning',
        code: 'recipe.deploy-target',
        message: `${target.name} takes models with scales of its own, and this one is quantized for ${own.name}`,
        fixes: [{ title: `Quantize for ${target.name}`, changes: [{ kind: 'set', path: ['target'], value: target.name }] }],
        related: [{ path: ['target'], at: 'value', message: `${own.name}: ${own.title}` }],
      };
    }
  },
};
