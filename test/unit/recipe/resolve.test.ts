import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { quantizeStep } from '../../../src/engine/quantize/step.ts';
import { loadRecipe, problemsOf } from '../../../src/engine/recipe/load.ts';
import { parseRecipeText } from '../../../src/engine/recipe/text.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { resolveRecipe, type ResolveRequest } from '../../../src/engine/recipe/resolve.ts';
import { stepFlags } from '../../../src/engine/recipe/overrides.ts';
import { worldOf } from '../../support/recipe-world.ts';
import { buildModel } from '../../support/model-builder.ts';

const model = buildModel({
  inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
  outputs: ['y'],
  nodes: [
    ['Relu', ['x'], ['a'], {}, { name: '/layer1/conv1/Conv' }],
    ['Relu', ['a'], ['b'], {}, { name: '/layer1/conv2/Conv' }],
    ['Relu', ['b'], ['c'], {}, { name: '/layer2/conv1/Conv' }],
    ['Relu', ['c'], ['y'], {}, { name: '' }],
  ],
});
const input = 'input: { color: rgb, scale: 1/255, mean: 0, std: 1 }';
const folder = path.resolve('/work-folder');

type Asked = Partial<ResolveRequest> & { model?: Model | 'missing' };

function resolve(body: string, { model: asked = model, ...request }: Asked = {}, overrides: Record<string, unknown> = {}) {
  const text = `version: 1\nmodel: m.onnx\n${body}`;
  const loaded = loadRecipe(text, 'r.yaml', overrides);
  if (!loaded.recipe) throw new Error(JSON.stringify(loaded.problems));
  const resolution = resolveRecipe(loaded.recipe, {
    folder,
    runs: path.join(folder, 'lathe-runs'),
    for: 'run',
    world:
      asked === 'missing'
        ? { ...worldOf(), model: () => ({ state: 'problem', code: 'file.read', message: 'gone' }) }
        : worldOf({ [path.join(folder, 'm.onnx')]: asked }),
    flags: stepFlags(overrides),
    layerOrder: loaded.layerOrder,
    ...request,
  });
  return { ...resolution, problems: problemsOf(resolution.issues, 'r.yaml', parseRecipeText(text, 'r.yaml', overrides)) };
}
const codes = (body: string, request: Asked = {}): string[] =>
  resolve(body, request)
    .problems.filter(isMeant)
    .map(({ line, column, severity, code, fix }) => `${line}:${column} ${severity} ${code}${fix ? ` → ${fix}` : ''}`);

/** What these tests are not about: recipes of parts, and layers without weights. */
const others = ['recipe.no-steps', 'recipe.no-weights', 'recipe.fewer-labels'];
const isMeant = ({ code }: { code: string }): boolean => !others.includes(code);

const data = `data: { ${input}, calibration: { path: pictures } }\n`;
const steps = 'steps:\n  - quantize: {}\n';

describe('resolveRecipe', () => {
  it('lets the later entry win, also of layers whose names are numbers', () => {
    const nodes = ['1', '12'].map((name, i) => ['Relu', [i ? '1' : 'x'], [name], {}, { name }] as const);
    const numbered = buildModel({
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: ['12'],
      nodes: nodes.map((node) => [...node]) as never,
    });
    const body = `${data}${steps}layers:\n  "*": { weights: 4 }\n  "12": { weights: 8 }\n`;
    expect(resolve(body, { model: numbered }).resolved?.steps[0]?.layers).toEqual({ '1': { weights: 4 }, '12': { weights: 8 } });
  });

  it('fills in defaults and makes paths absolute', () => {
    const { resolved, issues } = resolve(data + steps, { file: path.join(folder, 'small.compress.yaml') });
    expect(issues).toEqual([]);
    expect(resolved).toMatchObject({
      name: 'small',
      model: path.join(folder, 'm.onnx'),
      target: 'cpu',
      task: 'none',
      seed: 0,
      data: { calibration: { path: path.join(folder, 'pictures') }, validation: { kind: 'part', of: 'calibration', fraction: 0.1 } },
      output: { folder: path.join(folder, 'lathe-runs'), formats: ['onnx'], name: '{model}_{step}' },
    });
    expect(resolved?.steps[0]).toMatchObject({
      step: 'quantize',
      index: 0,
      settings: { weights: 8, calibrate: quantizeStep.parameters.properties.calibrate.default as unknown, method: 'static' },
      layers: {},
    });
  });

  it('gives plain data', () => {
    const { resolved } = resolve(data + steps);
    expect(JSON.parse(JSON.stringify(resolved))).toEqual(resolved);
  });

  it('names a run after the model where there is no file', () => {
    expect(resolve(data + steps).resolved?.name).toBe('m');
  });

  it('turns patterns into layer names, later entries over earlier ones', () => {
    const { resolved } = resolve(
      `${data}${steps}layers:\n  "/layer1/*": { weights: 6, granularity: tensor }\n  "*/conv2/Conv": { weights: 4 }\n  y: { quantize: false }\n`,
    );
    expect(resolved?.steps[0]?.layers).toEqual({
      '/layer1/conv1/Conv': { weights: 6, granularity: 'tensor' },
      '/layer1/conv2/Conv': { weights: 4, granularity: 'tensor' },
      y: { quantize: false },
    });
  });

  it('lets the command line win over layers, and layers over the step', () => {
    const body = `${data}steps:\n  - quantize: { weights: 8 }\nlayers:\n  "/layer1/*": { weights: 6, granularity: tensor }\n`;
    const { resolved } = resolve(body, {}, { 'steps.0.quantize.weights': 4 });
    expect(resolved?.steps[0]?.settings['weights']).toBe(4);
    expect(resolved?.steps[0]?.layers['/layer1/conv1/Conv']).toEqual({ granularity: 'tensor' });
  });

  it.each([
    ['a pattern without a match', `${data}${steps}layers:\n  "/layer9/*": { weights: 6 }\n`, ['7:3 error recipe.layer → "/layer1/*"']],
    [
      'a misspelt name',
      `${data}${steps}layers:\n  "/layer1/conv1/Con": { weights: 6 }\n`,
      ['7:3 error recipe.layer → "/layer1/conv1/Conv"'],
    ],
    ['a name of nothing', `${data}${steps}layers:\n  fc: { weights: 6 }\n`, ['7:3 error recipe.layer']],
    ['a setting no step uses', `data: { ${input} }\nlayers:\n  y: { weights: 6 }\n`, ['5:8 warning recipe.unused']],
    ['pictures missing for the step', steps, ['4:5 error recipe.missing-data']],
    ['no pictures needed', 'steps:\n  - quantize: { method: dynamic }\n', []],
    ['training pictures to calibrate on', `data: { ${input}, train: { path: a } }\n${steps}`, []],
    ['a gate without test data', `${data}${steps}gate: { drop: 1 }\n`, ['6:1 error recipe.missing-data']],
    ['a part of nothing', 'data: { validation: { fraction: 0.1 } }\n', ['3:9 error recipe.missing-data']],
    ['test pictures in choices', `data: { ${input}, validation: { path: a }, test: { path: a } }\n`, ['3:88 error recipe.test-in-choices']],
    ['test pictures seen before', `data: { ${input}, calibration: { path: a }, test: { path: a/b } }\n`, ['3:89 warning recipe.test-seen']],
    [
      'splits keep pictures apart',
      `data: { ${input}, calibration: { path: a, labels: l.csv, split: one }, test: { path: a, labels: l.csv, split: two } }\n`,
      [],
    ],
    [
      'detection without a decoder',
      `task: detection\ndata: { ${input}, test: { path: a, labels: b.json } }\n`,
      ['4:63 error recipe.missing-decode'],
    ],
    [
      'an input the model lacks',
      'data: { input: { xx: { color: rgb } }, calibration: { path: a.npy } }\n',
      ['3:18 error recipe.input → x'],
    ],
    [
      'the wrong number of means',
      'data: { input: { color: gray, scale: 1, mean: 0, std: 1 }, calibration: { path: a } }\n',
      ['3:9 error recipe.preprocessing'],
    ],
  ])('%s', (_, body, expected) => {
    expect(codes(body)).toEqual(expected);
  });

  it('never guesses preprocessing: an error to run, a warning to validate', () => {
    const body = `data: { calibration: { path: a } }\n${steps}`;
    expect(codes(body)).toEqual(['3:1 error recipe.preprocessing']);
    expect(codes(body, { for: 'validate' })).toEqual(['3:1 warning recipe.preprocessing']);
    expect(codes(body, { for: 'validate', model: 'missing' })).toEqual(['2:8 error file.read', '3:1 warning recipe.preprocessing']);
    expect(codes(`data: { calibration: { path: a.npy } }\n${steps}`)).toEqual([]);
  });

  it('takes preprocessing from the model, and warns of another one', () => {
    const own = buildModel({ inputs: [{ name: 'x', shape: [1, 3, 8, 8] }], outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
    own.metadata.set('lathe.input', JSON.stringify({ color: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' }));
    expect(codes(`data: { calibration: { path: a } }\n${steps}`, { model: own })).toEqual([]);
    const twice = `data: { input: { scale: 1 }, calibration: { path: a } }\n${steps}`;
    expect(codes(twice, { model: own })).toEqual(['3:25 warning recipe.contradicts-model']);
  });

  it.each([
    ['labels: folders', 'classification'],
    ['labels: l.csv', 'classification'],
    ['labels: boxes.json, decode: { kind: yunet }', 'detection'],
    ['pairs: { input: "*_n.png", target: "*.png" }', 'restoration'],
    ['degrade: [{ blur: 1 }]', 'restoration'],
    ['labels: folders, degrade: [{ blur: 1 }]', 'classification'],
    ['labels: boxes.json, decode: { kind: yunet }, degrade: [{ poisson: { peak: [9, 30] } }]', 'detection'],
    ['count: 3', 'none'],
  ])('infers the task from test data with %s', (source, task) => {
    expect(resolve(`data: { ${input}, test: { path: t, ${source} } }\n`).resolved?.task).toBe(task);
  });

  it('holds the limits of the target against step and layers', () => {
    const body = `target: zcu104\n${data}steps:\n  - quantize: { granularity: channel }\nlayers:\n  y: { weights: 4 }\n`;
    expect(codes(body)).toEqual(['6:30 error recipe.target-limit → tensor', '8:17 error recipe.target-limit']);
  });
});
