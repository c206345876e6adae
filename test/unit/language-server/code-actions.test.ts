import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actions, codeActions, resolveAction } from '../../../language-server/service/code-actions/index.ts';
import type { Figures, FoundWidths } from '../../../language-server/service/facts.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { applied, fakeFacts, folder, layerFacts, modelFacts, recipeFile, requestAt } from './support.ts';

const layers = ['/conv1', '/layer1/conv1', '/layer1/conv2', '/fc'];
const figures: Figures = {
  title: 'SQNR, weights 4',
  unit: 'dB',
  better: 'high',
  measured: '2026-01-01T00:00:00Z',
  layers: [...layers, '/relu'].map((name, i) => ({ name, value: 40 - i, rank: i / 4 })),
};
const options = { canResolve: true };
const model = `${folder}/model.onnx`;
const world = fakeFacts({
  models: { [model]: modelFacts([...layers, layerFacts('/relu', { op: 'Relu', weights: undefined })]) },
  figures: { [model]: [figures] },
  folders: { [folder]: ['data/', 'model.onnx'], [`${folder}/data`]: ['test/', 'train/'] },
});

/** Titles and what the text becomes. */
function offered(marked: string, facts = world): Record<string, string> {
  const asked = requestAt(marked, facts);
  const range = { start: asked.position, end: asked.position };
  return Object.fromEntries(
    codeActions(asked, range, options).map(({ title, edit }) => [
      title,
      applied(asked.document.text.getText(), edit!.changes![asked.document.uri]!),
    ]),
  );
}

const head = 'version: 1\nmodel: model.onnx\n';

it('has every file of the folder in its list', () => {
  const support = ['action.ts', 'index.ts', 'json.ts', 'layers.ts', 'section.ts'];
  const files = readdirSync('language-server/service/code-actions').filter((file) => !support.includes(file));
  expect(files.sort()).toEqual(actions.map(({ id }) => `${id}.ts`).sort());
});

describe('the three worst layers', () => {
  it('are left out, in the words of the recipe', () => {
    const all = offered(`${head}data: { calibration: { path: x } }\nsteps:\n  - quantize: { |weights: 4 } # four\n`);
    expect(all['Exclude the three worst layers /fc, /layer1/conv2, /layer1/conv1 (SQNR, weights 4)']).toBe(
      `${head}data: { calibration: { path: x } }\nsteps:\n  - quantize: { weights: 4 } # four\nlayers:\n  "/layer1/conv1": { quantize: false }\n  "/layer1/conv2": { quantize: false }\n  "/fc": { quantize: false }\n`,
    );
    expect(all['Give 8 bits to the three worst layers /fc, /layer1/conv2, /layer1/conv1 (SQNR, weights 4)']).toContain('weights: 8');
  });

  it('are those that are not out yet', () => {
    const titles = Object.keys(
      offered(`${head}steps:\n  - quantize: { weights: 8 }\nlayers:\n  "/f|c": { quantize: false }\n  "/layer1/*": { quantize: false }\n`),
    );
    expect(titles).toContain('Exclude the worst layer /conv1 (SQNR, weights 4)');
    expect(titles.join()).not.toContain('Give 8 bits');
  });

  it('go with the alias of their model', () => {
    const text =
      'version: 1\nmodels:\n  a: { model: model.onnx }\n  b: { new: resnet20 }\nsteps:\n  - train: { on: b }\n  - quantize: { on: a, |weights: 8 }\n';
    const [after] = Object.values(offered(text)).filter((one) => one.includes('quantize: false'));
    expect(Object.keys(loadRecipe(after!, '').recipe!.layers!)).toEqual(['a:/layer1/conv1', 'a:/layer1/conv2', 'a:/fc']);
  });

  it('are not offered where nothing was measured, nothing quantizes, or the cursor is elsewhere', () => {
    const text = `${head}data: { calibration: { path: x } }\nsteps:\n  - quantize: { |}\n`;
    expect(offered(text, fakeFacts({ models: { [model]: modelFacts(layers) } }))).toEqual({});
    expect(offered(`${head}steps:\n  - prune: { |channels: 0.5 }\n`)).toEqual({});
    expect(offered(`${head}steps:\n  - quantize:\n# |\ngate: { drop: 1 }\n`)).toEqual({});
  });
});

describe('widths that a search found', () => {
  const text = `${head}steps:\n  - quantize: { |weights: 8 }\nlayers:\n  "/fc": { weights: 2, activations: 8 } # fixed\n  "/conv1": { weights: 3 }\n`;
  const searched = (entries: FoundWidths['entries']): Record<string, string> =>
    offered(text, {
      ...world,
      foundWidths: (file) => (file === recipeFile ? { folder: '/runs/a', title: 'search knapsack', entries } : undefined),
    });

  it('are set, and taken from layers that it left to the step', () => {
    const entries = [
      { pattern: '/layer1/*', override: { weights: 4 } },
      { pattern: '/fc', override: { weights: 'float', activations: 8 } },
    ];
    expect(searched(entries)['Set the widths that the search found: 4 layers (search knapsack)']).toBe(
      `${head}steps:\n  - quantize: { weights: 8 }\nlayers:\n  "/fc": { weights: float, activations: 8 } # fixed\n  "/layer1/conv1": { weights: 4 }\n  "/layer1/conv2": { weights: 4 }\n`,
    );
  });

  it('are not offered where the recipe has them', () => {
    const entries = [
      { pattern: '/fc', override: { weights: 2 } },
      { pattern: '/conv1', override: { weights: 3 } },
    ];
    expect(Object.keys(searched(entries)).join()).not.toContain('search');
  });
});

it('keeps the layers of an entry in float, and takes it back', () => {
  const text = `${head}steps:\n  - quantize: {}\n  - qat: {}\nlayers:\n  "/layer1/*": { |weights: 4 }\n`;
  const kept = offered(text)['Keep /layer1/* in float']!;
  expect(kept).toContain('"/layer1/*": { weights: 4, quantize: false, qat: false }');
  expect(offered(kept.replace('weights', '|weights'))['Quantize /layer1/* again']).toBe(text.replace('|', ''));
});

describe('calibration data', () => {
  it.each([
    [
      'steps:\n  - quantize: { |weights: 8 }\n',
      'data:\n  calibration: { path: data/train, count: 256 }\nsteps:\n  - quantize: { weights: 8 }\n',
    ],
    [
      'data:\n  input: { scale: 1 }\nsteps:\n  - quantize: |\n',
      'data:\n  input: { scale: 1 }\n  calibration: { path: data/train, count: 256 }\nsteps:\n  - quantize: \n',
    ],
    [
      'data: { test: { path: t } }\nsteps: [quantize: { | }]\n',
      'data: { test: { path: t }, calibration: { path: data/train, count: 256 } }\nsteps: [quantize: {  }]\n',
    ],
    ['steps:\n  - quantize: { | }\ndata:\n', 'steps:\n  - quantize: {  }\ndata: { calibration: { path: data/train, count: 256 } }\n'],
  ])('is added to %j', (text, wanted) => {
    expect(offered(head + text)['Add calibration data: data/train']).toBe(head + wanted);
  });

  it('is added to JSON', () => {
    const after = offered('{\n  "version": 1,\n  "model": "model.onnx",\n  "steps": [{ "quantize": {|} }]\n}\n')[
      'Add calibration data: data/train'
    ];
    expect(JSON.parse(after!)).toMatchObject({ data: { calibration: { path: 'data/train', count: 256 } } });
  });

  it('is not offered where there is some', () => {
    expect(offered(`${head}data: { train: { path: x } }\nsteps:\n  - quantize: {| }\n`, fakeFacts())).toEqual({});
  });

  it.each([`${head}steps:\n  - quant|ize: {}\n`, 'version: |0\nmodel: a.onnx\n'])(
    'is left to the problem itself at its place: %j',
    (text) => {
      expect(Object.keys(offered(text)).filter((title) => /calibration|version/.test(title))).toEqual([]);
    },
  );
});

it.each([
  ['model: |a.onnx\n', 'Add version: 1', 'version: 1\nmodel: a.onnx\n'],
  ['version: 0 # old\nmodel: |a.onnx\n', 'Upgrade to version 1', 'version: 1 # old\nmodel: a.onnx\n'],
  ['version:\nmodel: |a.onnx\n', 'Upgrade to version 1', 'version: 1\nmodel: a.onnx\n'],
  ['{"model": |"a.onnx"}', 'Add version: 1', '{"version": 1, "model": "a.onnx"}'],
])('says the version in %j', (text, title, wanted) => {
  expect(offered(text)[title]).toBe(wanted);
});

it('makes edits of long recipes only when they are chosen, and none for another text', () => {
  const asked = requestAt(`${head}steps:\n  - quantize: { |}\n${'# x\n'.repeat(6000)}`, world);
  const range = { start: asked.position, end: asked.position };
  const listed = codeActions(asked, range, options);
  expect(listed.length).toBeGreaterThan(1);
  for (const action of listed) {
    expect(action.edit).toBeUndefined();
    expect(resolveAction(asked, action).edit).toBeDefined();
    expect(resolveAction({ ...asked, document: { ...asked.document, version: 2 } }, action).edit).toBeUndefined();
  }
});

it('offers kinds that are asked for', () => {
  const asked = requestAt('model: |a.onnx\n', world);
  const range = { start: asked.position, end: asked.position };
  expect(codeActions(asked, range, { ...options, only: ['quickfix'] })).toHaveLength(1);
  expect(codeActions(asked, range, { ...options, only: ['refactor', 'source'] })).toHaveLength(0);
});
