import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { methodText } from '../../../src/engine/recipe/method-text.ts';
import { recipeOfRun } from '../../../src/engine/recipe/recipe-of-run.ts';
import { resolveRecipe } from '../../../src/engine/recipe/resolve.ts';
import type { Recipe, ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { writeRecipe } from '../../../src/engine/recipe/write.ts';
import { worldOf } from '../../support/recipe-world.ts';
import { targets } from '../../../src/engine/targets/index.ts';

const runs = '/projects/lathe-runs';

function resolved(recipe: Recipe, folder: string): ResolvedRecipe {
  const { resolved: found, issues } = resolveRecipe(recipe, { folder, runs, for: 'run', world: worldOf() });
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return found!;
}

const settings = fc.record(
  { weights: fc.constantFrom(4, 8), calibrate: fc.constantFrom('minmax', 'mse', 'auto'), round: fc.constantFrom('nearest', 'layer'), exclude: fc.constantFrom([], ['/fc/*']) },
  { requiredKeys: [] },
); // prettier-ignore
const recipes: fc.Arbitrary<Recipe> = fc.record({
  model: fc.constantFrom('net.onnx', '../net.onnx', '/models/net.onnx'),
  // Boards take only some widths.
  target: fc.constantFrom(...targets.map(({ name }) => name).filter((name) => name.startsWith('cpu'))),
  seed: fc.integer({ min: 0, max: 9 }),
  data: fc.constantFrom<NonNullable<Recipe['data']>[]>(
    { input: { color: 'rgb' as const, scale: '1/255', mean: 0, std: 1 }, calibration: { path: 'train', count: 10 }, test: { path: 'test', labels: 'folders' } },
    { input: { color: 'bgr' as const, scale: 1, mean: [1, 2, 3], std: 1 }, train: { path: '/data/train', labels: 'folders' }, validation: { fraction: 0.25 }, test: { path: 'test', labels: 'folders' } },
    { input: { color: 'gray' as const, scale: 1, mean: 0, std: 1 }, calibration: { path: 'c' }, validation: { path: 'v' }, test: { path: '/t', labels: 'folders' } },
  ),
  gate: fc.constantFrom<Recipe['gate'][]>(undefined, { drop: 1 }),
  output: fc.constantFrom<Recipe['output'][]>(undefined, { name: '{model}-small' }, { folder: 'elsewhere' }),
  quantize: settings,
}).map(({ quantize, gate, output, ...recipe }) => ({ version: 1 as const, ...recipe, steps: [{ quantize }], ...(gate ? { gate } : {}), ...(output ? { output } : {}) })); // prettier-ignore

describe('the recipe of a run', () => {
  it('written as text and resolved in its new place gives the same run again', () => {
    fc.assert(
      fc.property(recipes, (recipe) => {
        const before = resolved(recipe, '/projects/recipes');
        const text = writeRecipe(recipeOfRun(before, '/projects/lathe-runs', runs), 'As it was run.');
        const { recipe: read, problems } = loadRecipe(text, 'copy.compress.yaml');
        expect(problems).toEqual([]);
        const after = resolved(read!, '/projects/lathe-runs');
        const { folder: _, name: __, ...same } = after;
        const { folder: ___, name: ____, ...wanted } = before;
        expect(same).toEqual(wanted);
      }),
    );
  });

  it('says only what a person would, widths among it', () => {
    const before = resolved(
      { version: 1, model: 'net.onnx', target: 'cpu', steps: [{ quantize: { method: 'weight-only', round: 'nearest' } }] },
      '/projects/recipes',
    );
    const { steps, model, output } = recipeOfRun(before, path.join('/projects', 'lathe-runs'), runs);
    expect({ steps, model, output }).toEqual({ steps: [{ quantize: { method: 'weight-only', weights: 8, activations: 8 } }], model: '../recipes/net.onnx', output: undefined }); // prettier-ignore
  });
});

describe('a method in a line', () => {
  const step = (name: string, own: object, layers: object = {}): object => ({ step: name, settings: own, layers });

  it('names each step, its widths and what is unusual', () => {
    expect(methodText([step('quantize', { method: 'static', weights: 4, activations: 8, round: 'layer', momentum: 0.01 })])).toBe('quantize weights 4, activations 8, round layer');
    expect(methodText([{ ...step('train', {}), on: 'teacher' }, step('quantize', { weights: 4 })])).toBe('train of teacher → quantize weights 4');
    expect(methodText([step('auto', { drop: 2, time: '10m' })])).toBe('auto drop 2, time 10m');
    expect(methodText([step('prune', { channels: 0.5 }), step('quantize', { weights: 8 }, { '/fc': { weights: 4 } })])).toBe('prune channels 0.5 → quantize weights 8, 1 layer of its own');
    expect(methodText([step('quantize', { weights: 8 })], { budget: { kind: 'bytes', value: 50, percent: true } })).toBe('search bytes 50 % → quantize weights 8');
  }); // prettier-ignore

  it('takes anything', () => {
    fc.assert(fc.property(fc.array(fc.anything()), fc.anything(), (steps, search) => typeof methodText(steps, search) === 'string'));
    expect(methodText([])).toBe('');
  });
});
