import type { Issue, Path } from '../check.ts';
import type { Fix } from '../fix.ts';
import { likelyPictures } from '../likely-pictures.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Steps, gates and parts without the pictures that they need. */
export const missingData: Rule = {
  kinds: [
    {
      code: 'recipe.missing-data',
      severity: 'error',
      title: 'Pictures that are needed and not named',
      text: 'Ranges of activations come from `data.calibration` (or `data.train`), training needs `data.train`, and a gate is measured on `data.test`. Weights alone can be rounded without pictures: `method: weight-only`, or `statistics: batch-norm`.',
      example: 'steps:\n  - quantize: {}',
    },
  ],
  *check(context) {
    const { recipe, data, steps, unsure } = context;
    for (const { declaration, settings, name, path } of steps) {
      // Which pictures a step needs may hang on a setting that could not be read.
      if (Object.keys(declaration.parameters.properties).some((key) => unsure([...path, key]))) continue;
      for (const use of declaration.needs?.(settings) ?? []) {
        if (data[use] || unsure(['data', use]) || unsure(['data'])) continue;
        const message = `${name} needs pictures with these settings: data.${use} is missing`;
        yield error(path, message, [...withoutPictures(name, path), addSource(context, use)]);
      }
    }
    if (recipe.gate && !data.test && !unsure(['data']))
      yield error(['gate'], 'a gate needs pictures to measure the loss on: data.test is missing', [addSource(context, 'test')]);
    const { validation, train, calibration } = recipe.data ?? {};
    if (validation && 'fraction' in validation && !train && !calibration && !unsure(['data']))
      yield error(['data', 'validation'], 'a fraction needs something to be cut from: data.train or data.calibration is missing', []);
  },
};

const error = (path: Path, message: string, fixes: readonly Fix[]): Issue => ({
  path,
  at: 'key',
  severity: 'error',
  code: 'recipe.missing-data',
  message,
  fixes,
});

/** A source beside those that the recipe has, else one to be filled in. */
function addSource({ recipe, world, folder }: RuleContext, use: 'train' | 'calibration' | 'test'): Fix {
  const other = recipe.data?.train ?? recipe.data?.calibration;
  const isCalibration = use === 'calibration';
  const path =
    isCalibration && recipe.data?.test === undefined && other
      ? other.path
      : ((isCalibration ? likelyPictures(world, folder) : undefined) ?? 'pictures');
  const value = isCalibration ? { path, count: 256 } : { path, labels: 'folders' };
  return { title: `Add data.${use}`, changes: [{ kind: 'set', path: ['data', use], value }] };
}

const withoutPictures = (step: string, path: Path): Fix[] =>
  step === 'quantize'
    ? [{ title: 'Take ranges from batch normalization', changes: [{ kind: 'set', path: [...path, 'statistics'], value: 'batch-norm' }] }]
    : [];
