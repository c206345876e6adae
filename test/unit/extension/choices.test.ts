import { describe, expect, it, vi } from 'vitest';
import { steps } from '../../../src/engine/recipe/steps.ts';
import { trainsOnDemand } from '../../../src/extension/compress/ask-epochs.ts';
import { forRepair, pruningSettings } from '../../../src/extension/compress/ask-pruning.ts';
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

  it('offers shared weights behind pruning, with training on demand', () => {
    const choices = methodChoices(undefined, 'cpu');
    const at = choices.findIndex(({ id }) => id === 'cluster');
    expect(choices[at - 1]?.id).toBe('prune');
    expect(choices[at]).toMatchObject({ asks: ['epochs'], pictures: false });
    expect(trainsOnDemand('cluster')).toBe(true);
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

describe('pruning', () => {
  const settings = pruningSettings({ goal: 'macs', amount: 0.4, roundTo: 8, groups: [['/a', 0.25], ['/b', 0]] }); // prettier-ignore

  it('has what was chosen in the preview as settings of the step and of single layers', () => {
    expect(settings).toEqual({ settings: { macs: 0.4, 'round-to': 8 }, layers: { '/a': { channels: 0.25 }, '/b': { prune: false } } });
    const recipe = recipeOf({ model: '/w/m.onnx', target: 'cpu', step: { name: 'prune', settings: settings.settings }, layers: settings.layers }, '/w'); // prettier-ignore
    expect(recipe.steps).toEqual([{ prune: { macs: 0.4, 'round-to': 8 } }]);
    expect(recipe.layers).toEqual(settings.layers);
  });

  it('is offered with a preview, and trains on demand', () => {
    const choice = methodChoices(undefined, 'cpu').find(({ id }) => id === 'prune');
    expect(choice).toMatchObject({ prunes: true, asks: ['epochs'], step: { name: 'prune' } });
    expect(['prune', 'quantize', 'qat'].map(trainsOnDemand)).toEqual([true, false, false]);
  });

  it('learns from all pictures but a tenth, and repairs from some of them', () => {
    const data = { folder: '/w', calibration: { path: 'train', count: 100 }, available: 4000, input: { color: 'rgb' as const } };
    const step = { name: 'prune', settings: { finetune: { epochs: 3 } } };
    expect(recipeOf({ model: '/w/m.onnx', target: 'cpu', learns: true, chooses: true, step, data }, '/w').data).toEqual({
      input: { color: 'rgb' },
      train: { path: 'train' },
      validation: { fraction: 0.1 },
      calibration: { path: 'train', count: 100 },
    });
  });

  it('repairs from some hundred pictures where there are so many', () => {
    expect(forRepair({ path: 'train', count: 100 }, 4000).count).toBe(500);
    expect(forRepair({ path: 'train', count: 100 }, 240).count).toBe(240);
    expect(forRepair({ path: 'train' }, 4000)).toEqual({ path: 'train' });
  });
});

describe('methods that train', () => {
  const data = {
    folder: '/w',
    calibration: { path: 'train', labels: 'folders', count: 100 },
    test: { path: 'test', labels: 'folders' },
    available: 4000,
    input: { color: 'rgb' as const },
  };
  const choice = (id: string) => methodChoices(undefined, 'cpu').find((one) => one.id === id)!;

  it('are offered for every step of one model that has epochs, with what each asks for', () => {
    const trained = steps.filter(({ parameters, chained }) => 'epochs' in parameters.properties && !chained).map(({ name }) => name);
    const offered = methodChoices(undefined, 'cpu').filter(({ learns }) => learns);
    expect(new Set(offered.map(({ step }) => step.name))).toEqual(new Set(trained));
    for (const { asks, pictures } of offered) expect([pictures, asks?.at(-1)]).toEqual([true, 'epochs']);
    expect(choice('train').labels).toBe(true);
    expect(choice('qat').labels).toBeUndefined();
  });

  it('of the widths those that the target computes', () => {
    const ids = (target: string): string[] => methodChoices(undefined, target).map(({ id }) => id);
    expect(ids('zcu104')).toContain('qat');
    expect(ids('zcu104')).not.toContain('qat-4');
  });

  it('learn from all training pictures but a tenth', () => {
    const made = (name: string) =>
      recipeOf({ model: '/w/model.onnx', target: 'cpu', learns: true, step: { name, settings: { epochs: 3 } }, data }, '/w/lathe-runs')
        .data;
    const learned = {
      input: { color: 'rgb' },
      train: { path: '../train', labels: 'folders' },
      validation: { fraction: 0.1 },
      test: { path: '../test', labels: 'folders' },
    };
    expect(made('train')).toEqual(learned);
    expect(made('qat')).toEqual(learned);
  });

  it('name the teacher as seen from the recipe', () => {
    const step = { name: 'distill', settings: { epochs: 3 } };
    const recipe = recipeOf(
      { model: '/w/model.onnx', target: 'cpu', learns: true, teacher: '/w/big/teacher.onnx', step, data },
      '/w/lathe-runs',
    );
    expect(recipe.steps).toEqual([{ distill: { teacher: '../big/teacher.onnx', epochs: 3 } }]);
  });
});
