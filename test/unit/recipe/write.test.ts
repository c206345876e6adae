import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { resolveRecipe } from '../../../src/engine/recipe/resolve.ts';
import type { Recipe, ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { writeRecipe, writeResolvedRecipe } from '../../../src/engine/recipe/write.ts';
import { worldOf } from '../../support/recipe-world.ts';
import { buildModel } from '../../support/model-builder.ts';

const recipe: Recipe = {
  version: 1,
  model: 'a b/m.onnx',
  target: 'cpu',
  seed: 4,
  data: {
    input: { color: 'rgb', scale: '1/255', mean: [0.5, 0.5, 0.5], std: 1, resize: { size: [8, 8], fit: 'pad' } },
    train: { path: 'train', labels: 'folders' },
    validation: { fraction: 0.2 },
    calibration: { path: 'train', count: 10 },
    test: { path: 'test', degrade: [{ darken: { scale: 0.04, gamma: 1.2 } }, { noise: { sigma: 25 } }], labels: '1.csv' },
  },
  steps: [{ quantize: { weights: 4, exclude: ['a,b', '*'] } }, { quantize: {} }],
  layers: { '/x: y#z/*': { weights: 6 }, '*': { quantize: false }, '- 1': { weights: 5 } },
  gate: { drop: 1 },
  output: { folder: 'out', formats: ['onnx'], name: '{model}-{step}' },
};

describe('writeRecipe', () => {
  it('is read back as it was', () => {
    const text = writeRecipe(recipe, 'A title');
    const { recipe: read, problems } = loadRecipe(text, 'r.yaml');
    expect(problems).toEqual([]);
    expect(read).toEqual(recipe);
    expect(text.startsWith('# A title\n')).toBe(true);
  });

  it("says what settings mean, in the declaration's words", () => {
    expect(writeRecipe({ version: 1, model: 'm.onnx', steps: [{ quantize: { weights: 4 } }] })).toMatch(
      /weights: 4 # Width of the weights/,
    );
  });
});

describe('writeResolvedRecipe', () => {
  it('makes a recipe that resolves to the same job from any folder', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: ['y'],
      nodes: [['Relu', ['x'], ['y'], {}, { name: 'one' }]],
    });
    const resolve = (text: string, folder: string): ResolvedRecipe => {
      const loaded = loadRecipe(text, 'r.yaml');
      expect(loaded.problems).toEqual([]);
      const { resolved } = resolveRecipe(loaded.recipe!, {
        folder: path.resolve(folder),
        runs: path.resolve('/runs'),
        for: 'run',
        world: worldOf({ [path.resolve(folder, 'm.onnx')]: model, [path.resolve('/one/m.onnx')]: model }),
      });
      return resolved!;
    };
    const text = writeRecipe({ ...recipe, layers: { 'o*': { weights: 6 } } });
    const { folder: _, ...first } = resolve(text, '/one');
    const { folder: __, ...second } = resolve(writeResolvedRecipe({ ...first, folder: '/one' }), '/two');
    expect(second).toEqual(first);
  });
});
