import { degradationsOf } from '../../data/augment/index.ts';
import type { Issue } from '../check.ts';
import type { DataFacts } from '../facts/types.ts';
import { dataUses } from '../types.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Labels that a classifier cannot answer, and labels that are missing. */
export const labels: Rule = {
  kinds: [
    {
      code: 'recipe.labels',
      severity: 'warning',
      title: 'Labels outside of what the classifier answers',
      text: 'A class folder or label has a number that is not among the outputs of the model. Class folders are numbered in the order of their names, from 0. To train on other classes give the model a new last layer: `train: { classes: N }`.',
      example: 'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  test: { path: many, labels: folders }',
    },
    {
      code: 'recipe.fewer-labels',
      severity: 'info',
      title: 'Fewer classes than the classifier answers',
      text: 'Class folders are numbered in the order of their names, from 0: with fewer folders than the model has outputs, folder 1 is the class of output 1 only if the missing ones come last. A label file (`.csv`) gives the numbers themselves.',
    },
    {
      code: 'recipe.no-labels',
      severity: 'warning',
      title: 'Pictures without what is to be learned from them, or measured on them',
      text: 'Training needs `labels`, `pairs`, `degrade` or degradations under `augment` in `data.train`, unless a teacher answers instead; accuracy and a gate need them in `data.test`.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures }\nsteps:\n  - train: { epochs: 3 }',
    },
  ],
  *check(context) {
    if (context.task === 'classification') yield* outside(context);
    yield* unlabelled(context);
  },
};

function* outside(context: RuleContext): Generator<Issue> {
  const { recipe, data, world, unsure } = context;
  const answers = answered(context);
  if (answers === undefined || unsure(['steps'])) return;
  for (const use of dataUses) {
    const written = recipe.data?.[use];
    if (!written || !('path' in written) || written.labels === undefined || unsure(['data', use])) continue;
    const source = use === 'validation' ? (data.validation?.kind === 'path' ? data.validation.source : undefined) : data[use];
    const facts = source && known(world.data(source.path, written.labels));
    const most = facts && largestOf(facts);
    const place = { path: ['data', use, 'labels'], at: 'value' as const };
    if (most !== undefined && most >= answers) {
      const message = `data.${use} has labels up to ${most} (from 0), the model answers ${answers} classes`;
      const step = context.steps.find(({ declaration }) => Object.hasOwn(declaration.parameters.properties, 'classes'));
      const fixes = step ? [{ title: `Train a last layer for ${most + 1} classes`, changes: [{ kind: 'set' as const, path: [...step.path, 'classes'], value: most + 1 }] }] : []; // prettier-ignore
      yield { ...place, severity: 'warning', code: 'recipe.labels', message, fixes };
    } else if (written.labels === 'folders' && facts?.classes && facts.classes.length < answers) {
      const message = `data.${use} has ${facts.classes.length} class folders, the model answers ${answers} classes: folders are numbered by their names, from 0`;
      yield { ...place, severity: 'info', code: 'recipe.fewer-labels', message };
    }
  }
}

const largestOf = ({ largestLabel, classes }: DataFacts): number | undefined => largestLabel ?? (classes && classes.length - 1);

/** Classes of the model whose figures the run gives, at its end; undefined where it is no classifier of one output. */
function answered({ steps, models }: RuleContext): number | undefined {
  const main = steps.at(-1)?.model || [...models.keys()].at(-1);
  const facts = main === undefined ? undefined : known(models.get(main)?.facts);
  if (facts?.outputs.length !== 1) return undefined;
  const sizes = facts.outputs[0]!.shape.slice(1).filter((size) => size !== 1);
  const [own] = sizes;
  if (sizes.length !== 1 || typeof own !== 'number' || own <= 0) return undefined;
  const head = steps.filter(({ model }) => model === main).map(({ settings }) => settings['classes']);
  return (head.findLast((classes) => typeof classes === 'number') as number | undefined) ?? own;
}

function* unlabelled(context: RuleContext): Generator<Issue> {
  const { recipe, steps, unsure, world } = context;
  const hasTruth = (use: 'train' | 'test'): boolean => {
    const source = recipe.data?.[use];
    if (!source || unsure(['data', use])) return true;
    if (source.labels !== undefined || source.pairs || source.degrade) return true;
    if ('augment' in source && degradationsOf(source.augment).length > 0) return true;
    // Arrays may hold their labels themselves.
    return /\.np[yz]$/i.test(source.path) || known(world.data(source.path))?.largestLabel !== undefined;
  };
  const issue = (use: 'train' | 'test', message: string): Issue => ({
    path: ['data', use],
    at: 'key',
    severity: 'warning',
    code: 'recipe.no-labels',
    message,
    fixes: [{ title: 'Take class folders as labels', changes: [{ kind: 'set', path: ['data', use, 'labels'], value: 'folders' }] }],
  });
  // Behind another step the model learns from what it was.
  const learns = steps.find(({ name, model, index }) => name === 'train' && !steps.some((one) => one.model === model && one.index < index));
  if (learns && !hasTruth('train'))
    yield issue('train', 'the step train needs to know what is right: data.train has neither labels nor pairs');
  if (recipe.gate && !hasTruth('test')) yield issue('test', 'the gate needs to know what is right: data.test has neither labels nor pairs');
}
