import path from 'node:path';
import type { Issue, Path } from '../check.ts';
import type { ModelFacts } from '../facts/types.ts';
import { known } from '../world.ts';
import type { ModelSeen, Rule, RuleContext, StepView } from './rule.ts';

/** Teachers that have nothing to teach, or answer another question. */
export const teacher: Rule = {
  kinds: [
    {
      code: 'recipe.teacher-outputs',
      severity: 'error',
      title: 'A teacher that answers another question',
      text: 'A student learns from what its teacher answers: as many outputs, and as many classes in each. Train the teacher on the same classes (`train: { classes: N }`), or choose another one.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - distill: { teacher: teacher.onnx }',
    },
    {
      code: 'recipe.teacher-inputs',
      severity: 'warning',
      title: 'A teacher that takes other pictures',
      text: 'Student and teacher see the same batches: pictures of the same size and with as many channels.',
    },
    {
      code: 'recipe.no-teacher',
      severity: 'error',
      title: 'A student that is its own teacher',
      text: 'Without `teacher`, a model learns from what it was when the recipe began. That helps behind a step that took something away from it; as the first step there is nothing to learn.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - distill: { epochs: 5 }',
    },
  ],
  *check(context) {
    for (const step of context.steps) {
      if (step.model === undefined || !Object.hasOwn(step.declaration.parameters.properties, 'teacher')) continue;
      const named = step.written['teacher'] as string | undefined;
      if (context.unsure([...step.path, 'teacher'])) continue;
      const student = context.models.get(step.model);
      const seen = named === undefined ? undefined : teacherOf(context, named);
      const isItself = named === undefined || named === step.model || (seen?.file !== undefined && seen.file === student?.file);
      if (isItself) {
        if (step.name === 'distill' && !context.unsure(['steps']) && isFirst(context, step)) yield nothingToLearn(step, named);
      } else if (seen && student) yield* unlike(context, step, named, seen, student);
    }
  },
};

type Teacher = Pick<ModelSeen, 'facts' | 'file'> & { readonly alias?: string; readonly path?: Path };

function teacherOf({ models, aliases, folder, world }: RuleContext, named: string): Teacher | undefined {
  if (aliases.includes(named)) return { ...models.get(named)!, alias: named };
  const file = path.resolve(folder, named);
  return { facts: world.model(file), file };
}

/** Behind another step it learns from what it was when the recipe began. */
const isFirst = ({ steps }: RuleContext, step: StepView): boolean =>
  !steps.some(({ index, model }) => index < step.index && model === step.model);

const nothingToLearn = ({ path: at }: StepView, named: string | undefined): Issue => ({
  path: named === undefined ? at : [...at, 'teacher'],
  at: named === undefined ? 'key' : 'value',
  severity: named === undefined ? 'error' : 'info',
  code: 'recipe.no-teacher',
  message: 'the model would learn from itself: name a `teacher`, or take something away first (prune)',
});

function* unlike(context: RuleContext, step: StepView, named: string, seen: Teacher, student: ModelSeen): Generator<Issue> {
  const [teaches, learns] = [known(seen.facts), known(student.facts)];
  if (!teaches || !learns) return;
  const place = { path: [...step.path, 'teacher'], at: 'value' as const, ...(seen.path ? { related: [{ path: seen.path, at: 'value' as const, message: `the teacher ${named}` }] } : {}) }; // prettier-ignore
  const [their, own] = [classesOf(context, teaches, seen.alias, step), classesOf(context, learns, step.model!, step)];
  const severity = step.name === 'distill' ? 'error' : 'warning';
  const code = 'recipe.teacher-outputs';
  if (their !== undefined && own !== undefined && their !== own)
    yield { ...place, severity, code, message: `the teacher knows ${their} classes, the student ${own}` };
  else if (teaches.outputs.length !== learns.outputs.length)
    yield { ...place, severity: 'warning', code, message: `the teacher has ${count(teaches)}, the student ${count(learns)}` };
  const sizes = [teaches, learns].map(({ inputs }) => inputs[0]?.shape.slice(1));
  if (sizes[0] && sizes[1] && sizes[0].some((size, i) => isOther(size, sizes[1]![i])))
    yield {
      ...place,
      severity: 'warning',
      code: 'recipe.teacher-inputs',
      message: `the teacher takes pictures of ${sizes[0].join(' × ')}, the student of ${sizes[1].join(' × ')}`,
    };
}

const count = ({ outputs }: ModelFacts): string => `${outputs.length} output${outputs.length === 1 ? '' : 's'}`;
const isOther = (a: unknown, b: unknown): boolean => typeof a === 'number' && typeof b === 'number' && a > 0 && b > 0 && a !== b;

/** Of a classifier of one output when a step begins: a step before may have given it a new last layer. */
function classesOf({ steps }: RuleContext, { outputs }: ModelFacts, alias: string | undefined, at: StepView): number | undefined {
  if (outputs.length !== 1) return undefined;
  const heads = steps.filter(({ model, index }) => model === alias && (index < at.index || (index === at.index && alias === at.model)));
  const head = heads.map(({ settings }) => settings['classes']).findLast((classes) => typeof classes === 'number');
  const [batch, ...rest] = outputs[0]!.shape;
  const sizes = rest.filter((size) => size !== 1);
  const own = batch !== undefined && sizes.length === 1 && typeof sizes[0] === 'number' && sizes[0] > 0 ? sizes[0] : undefined;
  return own === undefined ? undefined : (head ?? own);
}
