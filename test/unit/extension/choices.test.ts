import { describe, expect, it, vi } from 'vitest';
import { methodChoices } from '../../../src/extension/compress/choices.ts';
import { recipeOf } from '../../../src/extension/compress/recipe-file.ts';

vi.mock('vscode', () => ({}));

describe('how to compress', () => {
  it('offers 4 bits where the target stores them, and not where it does not', () => {
    const ids = (target: string): string[] => methodChoices(undefined, target).map(({ id }) => id);
    expect(ids('cpu')).toContain('quantize-4');
    expect(ids('zcu104')).not.toContain('quantize-4');
    expect(ids('zcu104')).toContain('quantize');
  });

  it('offers the last choice first, text last', () => {
    const choices = methodChoices('weight-only', 'cpu').filter(({ id }) => id !== 'auto');
    expect(choices[0]?.id).toBe('weight-only');
    expect(choices.at(-1)?.id).toBe('edit');
  });
});

describe('the recipe of an automatic compression', () => {
  const recipe = recipeOf(
    {
      model: '/w/model.onnx',
      target: 'cpu',
      chooses: true,
      step: { name: 'auto', settings: { drop: 1, time: '10m' } },
      data: {
        folder: '/w',
        calibration: { path: 'train', labels: 'folders', count: 100 },
        test: { path: 'test', labels: 'folders' },
        available: 4000,
        input: { color: 'rgb' },
      },
    },
    '/w/lathe-runs',
  );

  it('chooses on a part of the training pictures, and checks the limit on the test pictures', () => {
    expect(recipe.data).toEqual({
      input: { color: 'rgb' },
      train: { path: '../train', labels: 'folders' },
      validation: { fraction: 0.25 },
      calibration: { path: '../train', labels: 'folders', count: 100 },
      test: { path: '../test', labels: 'folders' },
    });
    expect(recipe.gate).toEqual({ drop: 1 });
    expect(recipe.steps).toEqual([{ auto: { drop: 1, time: '10m' } }]);
  });
});
