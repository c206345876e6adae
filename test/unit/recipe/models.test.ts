import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCosts } from '../../../src/engine/recipe/cost.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { mainAlias } from '../../../src/engine/recipe/models.ts';
import { movedRecipe } from '../../../src/engine/recipe/moved.ts';
import { modelFacts } from '../../../src/engine/recipe/facts/model.ts';
import { prepareObject, prepareRecipe } from '../../../src/engine/recipe/prepare.ts';
import { recipeOfRun } from '../../../src/engine/recipe/recipe-of-run.ts';
import { writeRecipe, writeResolvedRecipe } from '../../../src/engine/recipe/write.ts';

const folder = path.resolve(import.meta.dirname, '../../../samples/shapes');
const runs = path.join(folder, 'lathe-runs');
const head = 'version: 1\n';
const data = `data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  train: { path: pictures/train, labels: folders }
`;
const two = 'models:\n  teacher: { new: resnet20, width: 0.25 }\n  student: { model: model.onnx }\n';

const prepare = (text: string) =>
  prepareRecipe({ text: head + text, file: path.join(folder, 'two.compress.yaml'), shownAs: 'r' }, { runs, for: 'run' });
/** What these tests are not about. */
const others = ['recipe.unused-model', 'recipe.no-steps', 'recipe.fewer-labels', 'recipe.teacher-inputs', 'recipe.no-labels'];
const problemsOf = async (text: string): Promise<string[]> =>
  (await prepare(text)).problems
    .filter(({ code }) => !others.includes(code))
    .map(({ line, column, code, fix }) => `${line}:${column} ${code}${fix === undefined ? '' : ` → ${fix}`}`);
const codes = (text: string): string[] =>
  loadRecipe(head + text, 'r').problems.map(({ line, column, code, fix }) => `${line}:${column} ${code}${fix ? ` → ${fix}` : ''}`);

describe('models of a recipe', () => {
  it.each<[string, string, string[]]>([
    ['both kinds', 'model: m.onnx\nmodels:\n  a: { new: resnet20 }\n', ['3:1 recipe.models']],
    ['none', 'models: {}\n', ['2:1 recipe.models']],
    ['neither', 'target: cpu\n', ['1:1 recipe.missing-key']],
    ['a misspelt key', 'modells:\n  a: { new: resnet20 }\n', ['2:1 recipe.unknown-key → models']],
    ['an odd alias', 'models:\n  "a:b": { new: resnet20 }\n', ['3:3 recipe.models']],
    ['an alias with a dot', 'models:\n  a.b: { new: resnet20 }\n', ['3:3 recipe.models']],
    ['an unknown architecture', 'models:\n  a: { new: resnet19 }\n', ['3:13 recipe.value → resnet18']],
    ['a misspelt setting', 'models:\n  a: { new: resnet20, witdh: 2 }\n', ['3:23 recipe.unknown-key → width']],
    ['nothing in it', 'models:\n  a: {}\n', ['3:3 recipe.missing-key']],
    ['a list', 'models: [a]\n', ['2:9 recipe.type']],
    ['a chain of one', 'models:\n  a: { model: m.onnx }\nchain: [a]\n', ['4:8 recipe.length']],
    ['an input with two sides', 'models:\n  a: { new: resnet20, input: [3, 32] }\n', ['3:30 recipe.length']],
  ])('%s', (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it.each<[string, string, string[]]>([
    ['a step without a model', `${two}${data}steps:\n  - train: {}\n`, ['9:5 recipe.on']],
    ['a step on an unknown model', `${two}${data}steps:\n  - train: { on: studnet }\n`, ['9:18 recipe.on → student']],
    ['a pattern for one model', `${two}${data}steps:\n  - train: { on: student }\nlayers:\n  "teacher:/block1/*": { train: false }\n`, ['11:3 recipe.layer']],
    ['a pattern with a misspelt stem', `${two}${data}steps:\n  - quantize: { on: student }\nlayers:\n  "student:/blcok1/*": { weights: 4 }\n`, ['11:3 recipe.layer → "student:/block1/*"']],
    ['a stride that there is not', `models:\n  a: { new: resnet20, stride: 5 }\n${data}steps: []\n`, ['3:13 architecture.stride']],
    ['a missing file', `models:\n  a: { model: none.onnx }\n${data}steps: []\n`, ['3:15 file.read → model.onnx']],
    ['a picture that is too small', `models:\n  a: { new: resnet18, input: [3, 16, 16] }\n${data}steps: []\n`, ['3:13 architecture.stride']],
    ['more channels than its groups can lose', `model: model.onnx\n${data}steps:\n  - prune: { channels: 0.99 }\n`, ['7:24 recipe.prune-bound']],
    ['on in a recipe of one model', `model: model.onnx\n${data}steps:\n  - train: { on: a }\n`, ['7:14 recipe.on']],
    ['nothing wrong', `${two}${data}steps:\n  - train: { on: student }\nlayers:\n  "student:/block1/*": { train: false }\n  "*conv*": { train: false }\n`, []],
  ])('%s', async (_, text, expected) => {
    expect(await problemsOf(text)).toEqual(expected);
  }); // prettier-ignore

  it('needs no name for the only one', async () => {
    const { resolved } = await prepare(`models:\n  a: { new: resnet20 }\n${data}steps:\n  - train: {}\n`);
    expect(resolved?.steps[0]).toMatchObject({ step: 'train', on: 'a' });
  });
});

describe('a resolved recipe of several models', () => {
  const steps = `steps:
  - train: { on: teacher, epochs: 3 }
  - distill: { on: student, teacher: teacher }
  - quantize: { on: student, weights: 4 }
layers:
  "*conv*": { weights: 6 }
  "student:/block1/*": { weights: 8 }
`;

  it('gives each step its model, its layers and its teacher', async () => {
    const { resolved, problems, models } = await prepare(`seed: 3\n${two}${data}${steps}`);
    expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(resolved?.model).toBeUndefined();
    expect(resolved?.models).toEqual({
      teacher: { new: 'resnet20', width: 0.25, seed: 3 },
      student: { model: path.join(folder, 'model.onnx') },
    });
    expect(resolved?.steps.map(({ step, on }) => [step, on])).toEqual([['train', 'teacher'], ['distill', 'student'], ['quantize', 'student']]); // prettier-ignore
    expect(resolved?.steps[1]?.settings['teacher']).toBe('teacher');
    expect(resolved?.steps[1]?.settings).not.toHaveProperty('on');
    expect(resolved?.steps[2]?.layers).toMatchObject({ '/block1/conv/Conv': { weights: 8 }, '/block2/conv/Conv': { weights: 6 } });
    expect(resolved?.steps[0]?.layers).toEqual({});
    const rows = [...models!].flatMap(([alias, model]) => planCosts(resolved!.steps, modelFacts(model, { file: '', bytes: 0 }), alias));
    expect(rows.map(({ step, on, index }) => [step, on, index])).toEqual([
      ['input', 'teacher', undefined], ['train', 'teacher', 0], ['input', 'student', undefined], ['distill', 'student', 1], ['quantize', 'student', 2],
    ]); // prettier-ignore
  });

  it('a teacher that is no model of the recipe is a file', async () => {
    const { resolved } = await prepare(`${two}${data}steps:\n  - distill: { on: student, teacher: model.onnx }\n`);
    expect(resolved?.steps[0]?.settings['teacher']).toBe(path.join(folder, 'model.onnx'));
  });

  it('measures the model of the last step', () => {
    expect(mainAlias({ models: { a: 1, b: 2 }, steps: [{ on: 'b' }, { on: 'a' }] })).toBe('a');
    expect(mainAlias({ models: { a: 1, b: 2 }, steps: [] })).toBe('b');
    expect(mainAlias({ steps: [] })).toBeUndefined();
  });

  it('comes out the same from its text, as it was run and as a person would write it', async () => {
    const { resolved } = await prepare(`${two}${data}${steps}`);
    const { file: _, name: __, ...wanted } = resolved!;
    for (const text of [writeResolvedRecipe(resolved!), writeRecipe(recipeOfRun(resolved!, folder, runs))]) {
      const again = await prepareRecipe({ text, file: path.join(folder, 'again.compress.yaml') }, { runs, for: 'run' });
      expect(again.problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
      const { file: ___, name: ____, ...found } = again.resolved!;
      expect(found).toEqual(wanted);
    }
    const { models, steps: written } = recipeOfRun(resolved!, folder, runs);
    expect(models).toEqual({ teacher: { new: 'resnet20', width: 0.25 }, student: { model: 'model.onnx' } });
    expect(written?.[0]).toEqual({ train: { on: 'teacher', epochs: 3 } });
  });

  it('moves its files with it', () => {
    const recipe = { version: 1 as const, models: { a: { model: 'm.onnx' }, b: { new: 'resnet20' } } };
    expect(movedRecipe(recipe, '/x/y', '/x').models).toEqual({ a: { model: 'y/m.onnx' }, b: { new: 'resnet20' } });
  });
});

it('any value for `models` is answered with problems, never thrown at', async () => {
  const entry = fc.oneof(fc.anything(), fc.record({ new: fc.constantFrom('resnet20', 'unet', 7), input: fc.anything(), width: fc.anything() }, { requiredKeys: [] }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.anything(), fc.dictionary(fc.string(), entry)), async (models) => {
      const value = JSON.parse(JSON.stringify({ version: 1, models, steps: [{ train: { on: 'a' } }] })) as Record<string, unknown>;
      const { issues, resolved } = await prepareObject(value, { folder, runs, for: 'validate' });
      expect(resolved !== undefined || issues.length > 0).toBe(true);
    }),
    { numRuns: 60 },
  );
}); // prettier-ignore
