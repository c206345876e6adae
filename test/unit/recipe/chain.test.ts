import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { planCosts, type PlannedModel } from '../../../src/engine/recipe/cost.ts';
import { modelFacts } from '../../../src/engine/recipe/facts/model.ts';
import { prepareRecipe } from '../../../src/engine/recipe/prepare.ts';
import { recipeOfRun } from '../../../src/engine/recipe/recipe-of-run.ts';
import { stepsWithin } from '../../../src/engine/recipe/steps-within.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { writeRecipe, writeResolvedRecipe } from '../../../src/engine/recipe/write.ts';

const folder = path.resolve(import.meta.dirname, '../../../samples/shapes');
const runs = path.join(folder, 'lathe-runs');
const data = `data:
  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }
  calibration: { path: pictures/train, labels: folders }
`;
const restore = 'models:\n  restore: { new: unet, classes: 3, input: [3, 32, 32], width: 0.25 }\n';
const chain = 'chain: [restore, classify]\n';

const prepare = (text: string) =>
  prepareRecipe({ text: `version: 1\n${text}`, file: path.join(folder, 'chain.compress.yaml'), shownAs: 'r' }, { runs, for: 'run' });

const resolved = async (text: string): Promise<ResolvedRecipe> => {
  const prepared = await prepare(text);
  expect(prepared.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return prepared.resolved!;
};

const classify = (input: string): string => `${restore}  classify: { model: model.onnx${input ? `, input: ${input}` : ''} }\n`;

describe('what is wrong with a chain', () => {
  it.each<[string, string, string[]]>([
    ['no source', `${classify('')}${chain}`, ['4:3 classify does not say what it takes']],
    ['an unknown model', `${classify('{ from: restore }')}chain: [restore, clasify]\n`, ['4:3 classify is not in the chain', '5:18 there is no model "clasify"; did you mean "classify"']],
    ['a model twice', `${classify('{ from: restore }')}chain: [restore, classify, restore]\n`, ['5:28 restore stands in the chain twice']],
    ['a model that is left out', `${classify('{ from: restore }')}  other: { model: model.onnx }\n${chain}`, ['5:3 other is not in the chain']],
    ['what comes later', `${classify('{ from: restore }')}chain: [classify, restore]\n`, ['3:3 restore does not say', '4:49 no model "restore" stands before classify']],
    ['itself', `${classify('{ from: classify }')}${chain}`, ['4:49 a model does not take its own output']],
    ['a misspelt model', `${classify('{ from: restor.output }')}${chain}`, ['4:49 no model "restor" stands before classify in the chain; did you mean "restore"']],
    ['an output that there is not', `${classify('{ from: restore.nothing }')}${chain}`, ['4:49 restore has no output "nothing"']],
    ['an input that there is not', `${classify('{ imag: { from: restore } }')}${chain}`, ['4:43 classify has no input "imag"; did you mean "image"']],
    ['no chain', classify('{ from: restore }'), ['4:34 `input` says what a model of a `chain` takes']],
    ['one model', 'model: model.onnx\nchain: [a, b]\n', ['3:1 a chain is made of `models`']],
    ['no source at all', `${classify('{ scale: 2 }')}${chain}`, ['4:34 models.classify.input needs']],
  ])('%s', async (_, text, expected) => {
    const { problems } = await prepare(`${text}${data}steps: []\n`);
    const errors = problems.filter(({ severity }) => severity === 'error').map(({ line, column, message }) => `${line}:${column} ${message}`);
    expect(errors).toHaveLength(expected.length);
    expected.forEach((words, at) => expect(errors[at]).toContain(words));
  }); // prettier-ignore
});

describe('a chain is resolved', () => {
  const text = `${classify('{ from: restore, scale: 255, color: bgr }')}${chain}${data}steps:\n  - quantize: { on: classify, weights: 4 }\n  - quantize: {}\nlayers:\n  "classify:/block1/*": { weights: 8 }\n`;

  it('to steps on the whole, which leave the layers of other models alone', async () => {
    const recipe = await resolved(text);
    expect(recipe.chain).toMatchObject([
      { alias: 'restore', seams: {} },
      { alias: 'classify', seams: { image: { from: { alias: 'restore' }, scale: 255, color: 'bgr' } } },
    ]);
    const [first, second] = recipe.steps;
    expect(first).not.toHaveProperty('on');
    const names = Object.keys(first!.layers);
    expect(names.some((name) => name.startsWith('restore:'))).toBe(true);
    for (const [name, override] of Object.entries(first!.layers)) {
      expect(override).toEqual(name.startsWith('restore:') ? { quantize: false } : { weights: 8 });
    }
    expect(Object.keys(second!.layers).every((name) => name.startsWith('classify:/block1/'))).toBe(true);
  });

  it('and is written so that it gives the same again', async () => {
    const recipe = await resolved(text);
    for (const written of [writeResolvedRecipe(recipe), writeRecipe(recipeOfRun(recipe, folder, runs))]) {
      const again = await resolved(written.replace(/^version: 1.*\n/m, ''));
      expect(again.chain).toEqual(recipe.chain);
      expect(again.steps.map(({ settings }) => settings)).toEqual(recipe.steps.map(({ settings }) => settings));
    }
  });
});

describe('what is wrong with a joint step', () => {
  const both = `${classify('{ from: restore }')}${chain}`;
  const joint = async (settings: string, more = ''): Promise<string[]> => {
    const text = `${both}${more || data}steps:\n  - joint: ${settings}\n`;
    const { problems } = await prepare(text);
    return problems
      .filter(({ code }) => code.startsWith('recipe.joint'))
      .map(({ message, fix }) => (fix === undefined ? message : `${message} → ${fix}`));
  };

  it.each<[string, string, RegExp[]]>([
    ['nothing', '{ qat: {} }', []],
    ['a model that there is not', '{ tune: [clasify], qat: {} }', [/no model "clasify".* → classify$/]],
    ['a model twice', '{ tune: [restore, restore], qat: {} }', [/restore is named twice/]],
    ['a model of `on`', '{ on: restore, qat: {} }', [/said by `tune`/]],
    ['a rate of a model that is not tuned', '{ tune: [restore], rates: { classify: 2 }, qat: {} }', [/classify is not tuned/]],
    ['a part of a model that there is not', '{ prune: { channels: { restor: 0.5 } } }', [/no model "restor".* → restore$/]],
    ['a loss of a model that there is not', '{ losses: { classifi: 1 }, qat: {} }', [/no model "classifi".* → classify$/]],
    ['a seam that there is not', '{ losses: { restore.outputt: 1 }, qat: {} }', [/no output "outputt".* → restore.output$/]],
    ['a loss that nothing reaches', '{ tune: [classify], losses: { restore.output: 1 }, qat: {} }', [/no model that is tuned comes before it/]],
    ['no targets', '{ losses: { restore.output: { ssim: 1 } }, qat: {} }', []],
    ['weights of zero', '{ losses: { classify: 0 }, qat: {} }', [/every loss counts nothing/]],
    ['a teacher of clean pictures', '{ teacher-sees: clean, qat: {} }', [/there is no cleaner form/]],
  ])('%s', async (_, settings, expected) => {
    const found = await joint(settings);
    expect(found).toHaveLength(expected.length);
    expected.forEach((words, at) => expect(found[at]).toMatch(words));
  }); // prettier-ignore

  it.each<[string, string, string, RegExp[]]>([
    ['targets', 'path: pictures/train', '{ losses: { restore.output: { ssim: 1 } }, qat: {} }', [/no targets/]],
    ['labels', 'path: pictures/train', '{ losses: { classify: { cross-entropy: 1 } }, qat: {} }', [/no labels/]],
    ['anything', 'path: pictures/train', '{ epochs: 1 }', [/nothing to learn/]],
    ['nothing that it needs', 'path: pictures/train, degrade: [{ blur: 1 }]', '{ losses: { restore.output: { ssim: 1 } }, teacher-sees: clean }', []],
  ])('pictures without %s', async (_, train, settings, expected) => {
    const found = await joint(settings, `${data.split('\n')[0]}\n${data.split('\n')[1]}\n  train: { ${train} }\n`);
    expect(found).toHaveLength(expected.length);
    expected.forEach((words, at) => expect(found[at]).toMatch(words));
  }); // prettier-ignore

  it('no chain', async () => {
    const { problems } = await prepare(`model: model.onnx\n${data}steps:\n  - joint: { qat: {} }\n`);
    expect(problems.map(({ message }) => message)).toContain('joint trains the models of a `chain`, and there is none');
  });

  it('what the board cannot do, also of steps that train while they round', async () => {
    const text = `target: zcu104\n${classify('{ from: restore }')}${chain}${data}steps:\n  - qat: { on: classify, weights: 4 }\n  - joint: { qat: { scales: float, method: lsq } }\n`;
    const { problems } = await prepare(text);
    const found = problems.filter(({ code }) => code === 'recipe.target-limit').map(({ message }) => message);
    expect(found.map((message) => message.split(':')[0])).toEqual(['zcu104 takes only weights', 'zcu104 takes only scales']);
  });

  it('several models that are no chain: `on` would not help', async () => {
    const { problems } = await prepare(`${classify('{ from: restore }')}${data}steps:\n  - joint: { qat: {} }\n`);
    const errors = problems.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    expect(errors).toEqual(['recipe.chain', 'recipe.joint']);
  });
});

it('what a joint step leaves of each model is known before it runs', async () => {
  const joint = '{ tune: [classify], qat: { weights: 4, storage: packed }, prune: { channels: { classify: 0.5 } } }';
  const text = `version: 1\n${classify('{ from: restore }')}${chain}${data}steps:\n  - joint: ${joint}\n`;
  const source = { text, file: path.join(folder, 'chain.compress.yaml'), shownAs: 'r' };
  const { models, resolved } = await prepareRecipe(source, { runs, for: 'run' });
  const costs = [...models!].map(([alias, model]) =>
    planCosts(stepsWithin(resolved!, alias), modelFacts(model, { file: '', bytes: 0 }, { pruning: true }), alias),
  );
  const [restored, classified] = costs;
  expect(restored).toHaveLength(1);
  expect(classified).toHaveLength(2);
  const [before, after] = classified as [PlannedModel, PlannedModel];
  expect(after.parameters / before.parameters).toBeLessThan(0.5);
  expect(after.packedBytes / before.packedBytes).toBeLessThan(0.1);
});
