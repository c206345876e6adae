import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLayers } from '../../../src/engine/recipe/layer-entries.ts';
import { steps } from '../../../src/engine/recipe/steps.ts';
import { mergeAnalysis, widthsOf } from '../../../src/extension/overlays/merge-analysis.ts';
import type { ActionContext } from '../../../src/extension/steering/actions/action.ts';
import { actions, findAction, offered } from '../../../src/extension/steering/actions/index.ts';
import { layerSettings, recipeView, restText } from '../../../src/extension/steering/recipe-view.ts';
import type { AnalyzeDocument } from '../../../src/protocol/results/analyze.ts';
import type { ActionView, LayerView } from '../../../src/protocol/view.ts';

const layer = (index: number, name: string, op: string, parameters = 0): LayerView => ({
  index,
  name,
  op,
  outputShape: null,
  parameters,
  weightBytes: 4 * parameters,
  macs: null,
});
const layers = [
  layer(0, '/conv1', 'Conv', 27),
  layer(1, '/relu', 'Relu'),
  layer(2, '/block/conv', 'Conv', 9),
  layer(3, '/mask', 'NonZero'),
  layer(4, '/conv1', 'Conv', 3),
];
const state = { file: 'a.compress.yaml', others: false, unsaved: false };
const text = (body: string): string => `version: 1\nmodel: m.onnx\n${body}`;

function context(body: string | undefined, change: Partial<ActionContext> = {}): ActionContext {
  const recipe = body === undefined ? undefined : readLayers(text(body));
  const settings = recipe ? layerSettings(recipe, layers) : [];
  return { layers, recipe, settings, registered: steps, canRun: true, ...change };
}
const find = (id: string, given: ActionContext): ActionView | undefined => offered(given).find((action) => action.id === id);
const values = (action: ActionView | undefined): string[] | undefined => action?.choices?.map(({ value }) => value);

describe('what can be done with layers', () => {
  it('every action of the folder is in the list', () => {
    const folder = path.resolve('src/extension/steering/actions');
    const list = fs.readFileSync(path.join(folder, 'index.ts'), 'utf8');
    const helpers = ['index.ts', 'action.ts', 'roles.ts'];
    for (const file of fs.readdirSync(folder)) if (!helpers.includes(file)) expect(list).toContain(`./${file}`);
    expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
  });

  it('widths are those that engine and target take, for layers with weights', () => {
    const cpu = find('weights', context('steps:\n  - quantize: {}\n'));
    expect(values(cpu)).toEqual(['8', '7', '6', '5', '4', '3', '2', '16', 'ternary', 'binary', 'float']);
    expect(cpu?.layers).toEqual([0, 2, 4]);
    expect(values(find('weights', context('target: zcu104\nsteps:\n  - quantize: {}\n')))).toEqual(['8', 'float']);
  });

  it('a layer that was kept in float is quantized when it gets a width', () => {
    const given = context('steps:\n  - quantize: {}\nlayers:\n  /block/conv: { quantize: false }\n');
    const action = findAction('weights');
    expect(action?.kind === 'setting' && action.change(given, '4')).toEqual({ set: { weights: 4 }, unset: ['quantize'] });
    expect(action?.kind === 'setting' && action.change(given, 'ternary')).toMatchObject({ set: { weights: 'ternary' } });
    expect(find('keep-float', given)?.layers).toEqual([0, 1, 4]);
    expect(find('quantize-again', given)?.layers).toEqual([2]);
    expect(find('as-steps-say', given)?.layers).toEqual([2]);
  });

  it('automatic has no widths, but leaves layers in float', () => {
    const given = context('steps:\n  - auto: { drop: 1 }\n');
    expect(find('weights', given)).toBeUndefined();
    const action = findAction('keep-float');
    expect(action?.kind === 'setting' && action.change(given, undefined)).toEqual({ set: { auto: false } });
  });

  it('pruning appears with its step, and only in recipes that have it', () => {
    const pruning = 'steps:\n  - prune: { channels: 0.5 }\n  - quantize: {}\n';
    expect(find('exclude-from-pruning', context('steps:\n  - quantize: {}\n'))).toBeUndefined();
    const given = context(pruning);
    expect(find('exclude-from-pruning', given)?.layers).toEqual([0, 2, 4]);
    expect(values(find('pruning-ratio', given))).toContain('0.25');
    const ratio = findAction('pruning-ratio');
    expect(ratio?.kind === 'setting' && ratio.change(given, '0.25')).toEqual({ set: { channels: 0.25 }, unset: ['prune'] });
  });

  it('layers are pruned after a preview that begins with them', () => {
    const given = context('steps:\n  - quantize: {}\n');
    expect(find('prune-layers', given)?.layers).toEqual([0, 2, 4]);
    expect(find('prune-layers', context('steps: []\n', { canRun: false }))).toBeUndefined();
    const action = findAction('prune-layers');
    const call = action?.kind === 'run' && action.call({ model: 'M', recipe: 'R', layers: ['/a'], choice: undefined });
    expect(call).toEqual({ command: 'lathe.prune', arguments: ['M', ['/a']] });
  });

  it('nothing runs where nothing may, and what runs is told the model first', () => {
    expect(offered(context('steps: []\n', { canRun: false })).filter(({ on }) => on === 'model')).toEqual([]);
    const ids = offered(context('steps:\n  - quantize: {}\n')).filter(({ on }) => on === 'model').map(({ id }) => id); // prettier-ignore
    expect(ids).toEqual(['run-recipe', 'compress', 'search', 'analyze', 'evaluate', 'compare']);
    expect(offered(context(undefined)).map(({ id }) => id)).not.toContain('run-recipe');
    expect(offered(context(undefined)).map(({ id }) => id)).toContain('fix-model');
    expect(find('fix-layers', context('target: zcu104\nsteps: []\n'))?.layers).toHaveLength(context(undefined).layers.length);
    const fix = findAction('fix-layers');
    const fixes = fix?.kind === 'run' && fix.call({ model: 'M', recipe: 'R', layers: ['/a'], choice: undefined });
    expect(fixes).toEqual({ command: 'lathe.applyFixes', arguments: ['M', ['/a']] });
    const compress = findAction('compress');
    const call = compress?.kind === 'run' && compress.call({ model: 'M', recipe: 'R', layers: [], choice: 'quantize' });
    expect(call).toEqual({ command: 'lathe.compress', arguments: ['M', 'quantize'] });
  });

  it('every registered step is a technique to compress by, but what needs several models', () => {
    const offer = find('compress', context('steps:\n  - quantize: {}\n'));
    for (const { name } of steps.filter((step) => step.name !== 'joint'))
      expect(values(offer)?.some((id) => id.startsWith(name))).toBe(true);
  });
});

describe('what the recipe says of layers', () => {
  it('later entries win, and the line is that of the last', () => {
    const view = recipeView(
      readLayers(text('steps:\n  - quantize: { weights: 4 }\nlayers:\n  "*": { weights: 6 }\n  /conv1: { round: layer, weights: 8 }\n')),
      layers,
      state,
    );
    expect(view.rest).toBe('weights: 4, activations: 8');
    expect(view.settings.find(({ index }) => index === 1)).toEqual({ index: 1, text: 'weights: 6', pattern: '*', line: 6 });
    expect(view.settings.filter(({ pattern }) => pattern === '/conv1')).toEqual([
      { index: 0, text: 'weights: 8, round: layer', pattern: '/conv1', line: 7 },
      { index: 4, text: 'weights: 8, round: layer', pattern: '/conv1', line: 7 },
    ]);
  });

  it('layers of a chain by the names of their models, or of all of them', () => {
    const whole = [layer(0, 'restore:/conv1', 'Conv', 27), layer(1, 'seam:detect/image', 'Identity'), layer(2, 'detect:/conv1', 'Conv', 3)];
    const chain = 'version: 1\nchain: [restore, detect]\nlayers:\n  /conv1: { weights: 6 }\n  "detect:*": { weights: 4 }\n';
    const { settings } = recipeView(readLayers(chain), whole, state);
    expect(settings.map(({ index, text: said }) => [index, said])).toEqual([
      [0, 'weights: 6'],
      [2, 'weights: 4'],
    ]);
  });

  it('a chain is compressed by the steps of its recipe, and by nothing else', () => {
    const recipe = readLayers('version: 1\nchain: [restore, detect]\nsteps:\n  - quantize: {}\n');
    expect(find('compress', context(undefined, { recipe }))).toBeUndefined();
    expect(find('run-recipe', context(undefined, { recipe }))).toBeDefined();
  });

  it('widths by default of the target, and steps without widths by name', () => {
    expect(restText(readLayers(text('target: zcu104\nsteps:\n  - auto: { drop: 1 }\n  - quantize:\n')))).toBe(
      'auto → weights: 8, activations: 8',
    );
  });

  it('a half-written recipe says what is wrong, and mistakes elsewhere do no harm', () => {
    expect(recipeView(readLayers('version: [1'), layers, state).problem).toMatch(/^Line 1: /);
    expect(recipeView(readLayers(text('stepps: 3\nlayers:\n  /conv1: { weights: 8 }\n')), layers, state).settings.length).toBe(2);
    for (const odd of ['', '3', '- 1', 'layers: 3', 'layers: [1]', 'layers:\n  ? [a]\n  : b\n', 'steps: 3', 'layers:\n  a: *b\n']) {
      expect(() => recipeView(readLayers(odd), layers, state)).not.toThrow();
    }
  });

  it('is quick for large models and recipes', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => layer(i, `/stage${i % 9}/conv${i}`, 'Conv', 1));
    const body = Array.from({ length: 1500 }, (_, i) => `  /stage${i % 9}/conv${i}: { weights: 4 }\n`).join('');
    expect(recipeView(readLayers(text(`layers:\n  "/stage1/*": { weights: 6 }\n${body}`)), many, state).settings.length).toBeGreaterThan(
      1500,
    );
  });
});

describe('layers that are analyzed again', () => {
  const row = (name: string, value: number | null, weights = 8) => ({
    name,
    op: 'Conv',
    weights,
    activations: 8,
    value,
    ...(value === null ? { equal: true } : {}),
  });
  const document = (rows: ReturnType<typeof row>[]): AnalyzeDocument =>
    ({ better: 'high', layers: rows, baseline: [], notAnalyzed: [], method: 'tap', metric: 'sqnr' }) as unknown as AnalyzeDocument;

  it('take their places among the others, worst first', () => {
    const merged = mergeAnalysis(document([row('a', 5), row('b', 9), row('c', null)]), document([row('a', 20), row('c', 7)]));
    expect(merged.layers.map(({ name, value }) => [name, value])).toEqual([['c', 7], ['b', 9], ['a', 20]]); // prettier-ignore
  });

  it('keep other widths of the same layer', () => {
    const merged = mergeAnalysis(document([row('a', 5, 4), row('a', 9)]), document([row('a', 20)]));
    expect(merged.layers.length).toBe(2);
    expect(widthsOf(merged)).toEqual([{ weights: 4, activations: 8 }, { weights: 8, activations: 8 }]); // prettier-ignore
  });
});
