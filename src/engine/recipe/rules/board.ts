import { known } from '../world.ts';
import type { Issue } from '../check.ts';
import { findVerdict } from '../../targets/verdicts.ts';
import { isRounding } from '../rounding-step.ts';
import type { Rule, RuleContext } from './rule.ts';

const named = 3;

/** What a board's accelerator will not run. */
export const board: Rule = {
  kinds: [
    {
      code: 'recipe.float-on-board',
      severity: 'warning',
      title: 'A float model for a board that computes with integers',
      text: 'The accelerator of the target runs quantized models only. Without `quantize`, `qat` or `auto` all of this model runs on the CPU of the board.',
      example:
        'target: zcu104\ndata:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  calibration: { path: pictures }\nsteps:\n  - prune: { channels: 0.5 }',
    },
    {
      code: 'recipe.not-on-accelerator',
      severity: 'info',
      title: 'Layers that the accelerator does not take',
      text: 'They run on the CPU of the board, and data goes back and forth between both. `lathe check` says of each layer why, and what to change.',
    },
  ],
  *check(context) {
    const { target, steps, unsure } = context;
    const rounds = steps.some(({ name, written }) => isRounding(name, written));
    if (target.fixPositions === 'dpu' && !rounds && steps.length > 0 && !unsure(['steps'])) {
      yield {
        path: ['target'],
        at: 'value',
        severity: 'warning',
        code: 'recipe.float-on-board',
        message: `${target.name} runs quantized models only, and no step quantizes this one`,
        fixes: [
          {
            title: 'Quantize in the end',
            changes: [{ kind: 'insert', path: ['steps'], index: steps.at(-1)!.index + 1, value: { quantize: {} } }],
          },
        ],
      };
    }
    yield* refused(context);
  },
};

function* refused({ target, models, recipe }: RuleContext): Generator<Issue> {
  if (recipe.target === undefined) return;
  for (const [alias, { facts }] of models) {
    const layers = known(facts)?.layers.filter(({ refusals }) => refusals && Object.hasOwn(refusals, target.name)) ?? [];
    if (layers.length === 0) continue;
    const examples = layers
      .slice(0, named)
      .map(({ name, refusals }) => `${JSON.stringify(name.slice(0, 80))} (${refusals![target.name]!})`);
    const fate = findVerdict(target.name)?.noFallback ? `keep the model from running on ${target.name}` : "will run on the board's CPU";
    const more = layers.length > named ? `; and ${layers.length - named} more` : '';
    const of = alias === '' ? '' : ` of ${alias}`;
    yield {
      path: ['target'],
      at: 'value',
      severity: 'info',
      code: 'recipe.not-on-accelerator',
      message: `${layers.length} layer${layers.length === 1 ? '' : 's'}${of} ${fate}: ${examples.join('; ')}${more}`,
    };
  }
}
