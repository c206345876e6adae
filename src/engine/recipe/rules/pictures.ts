import type { Issue } from '../check.ts';
import type { DataFacts } from '../facts/types.ts';
import { dataUses, type DataUse } from '../types.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext } from './rule.ts';

/** With so few test pictures one of them is more than half a per cent point. */
const fewTests = 200;

/** Numbers of pictures that do not fit what there is. */
export const pictures: Rule = {
  kinds: [
    {
      code: 'recipe.picture-count',
      severity: 'info',
      title: 'Fewer pictures than asked for',
      text: '`count` and `batch` say how many pictures are taken. The place has fewer: all of them are taken.',
      example: 'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  calibration: { path: few, count: 256 }',
    },
    {
      code: 'recipe.few-tests',
      severity: 'info',
      title: 'Few test pictures',
      text: 'A figure is no finer than one picture: with 40 pictures accuracy moves in steps of 2.5 %, and a gate below that is luck.',
      example: 'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  test: { path: few, labels: folders }\ngate: { drop: 1 }',
    },
    {
      code: 'recipe.split',
      severity: 'warning',
      title: 'A split that the label file does not have',
      text: 'Rows are picked by the column `split` of the label file. No row has this value there.',
    },
  ],
  *check(context) {
    for (const use of dataUses) {
      const source = context.recipe.data?.[use];
      if (!source || !('path' in source)) continue;
      const facts = factsOf(context, use);
      if (!facts) continue;
      yield* missingSplit(use, source.split, facts);
      const count = source.split === undefined ? facts.count : facts.splits?.[source.split];
      if (count !== undefined && !facts.more) yield* tooFew(context, use, count);
    }
  },
};

function factsOf({ data, world, recipe }: RuleContext, use: DataUse): DataFacts | undefined {
  const source = use === 'validation' ? (data.validation?.kind === 'path' ? data.validation.source : undefined) : data[use];
  const written = recipe.data?.[use];
  return source && written && 'path' in written ? known(world.data(source.path, written.labels)) : undefined;
}

function* missingSplit(use: DataUse, split: string | undefined, { splits }: DataFacts): Generator<Issue> {
  if (split === undefined || !splits || Object.hasOwn(splits, split)) return;
  const names = Object.keys(splits).slice(0, 8);
  const path = ['data', use, 'split'];
  yield {
    path,
    at: 'value',
    severity: 'warning',
    code: 'recipe.split',
    message: `no row has the split ${JSON.stringify(split)}; there are ${names.map((name) => JSON.stringify(name)).join(', ')}`,
    fixes: names.map((name) => ({ title: `Take the split ${JSON.stringify(name)}`, changes: [{ kind: 'set', path, value: name }] })),
  };
}

function* tooFew({ recipe, task }: RuleContext, use: DataUse, count: number): Generator<Issue> {
  const fewer = (key: string, asked: number, what: string): Issue => ({
    path: ['data', use, key],
    at: 'value',
    severity: 'info',
    code: 'recipe.picture-count',
    message: `${what} ${asked} pictures, and data.${use} has ${count}`,
    fixes: [{ title: `Set ${key}: ${count}`, changes: [{ kind: 'set', path: ['data', use, key], value: count }] }],
  });
  const { count: asked, batch } = recipe.data![use] as { count?: number; batch?: number };
  if (asked !== undefined && asked > count) yield fewer('count', asked, 'asks for');
  if (batch !== undefined && batch > count) yield fewer('batch', batch, 'a batch has');
  const step = 100 / Math.min(count, asked ?? count);
  if (use === 'test' && task === 'classification' && recipe.gate && count < fewTests && recipe.gate.drop < step) {
    const message = `with ${count} test pictures one of them is ${Number(step.toPrecision(2))} %: a loss of ${recipe.gate.drop} % cannot be told from none`;
    yield { path: ['gate', 'drop'], at: 'value', severity: 'info', code: 'recipe.few-tests', message };
  }
}
