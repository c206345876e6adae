import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movedRecipe } from '../../../src/engine/recipe/moved.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import { resolveRecipe } from '../../../src/engine/recipe/resolve.ts';
import { worldOf } from '../../support/recipe-world.ts';
import type { Recipe } from '../../../src/engine/recipe/types.ts';
import { bareOutput } from '../../../src/engine/train/losses/bare-output.ts';
import { defaultLosses, losses, namedLosses } from '../../../src/engine/train/losses/index.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';

const folder = path.join(import.meta.dirname, '../../../src/engine/train/losses');

describe('the list of losses', () => {
  it('has every declaration of the folder', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const declared = files.flatMap((file) =>
      [...readFileSync(path.join(folder, file), 'utf8').matchAll(/satisfies LossDeclaration/g)].map(() => path.basename(file)),
    );
    expect(losses.map(({ name }) => `${name}.ts`).sort()).toEqual(declared.sort());
  });

  it('gives what fits the pictures', () => {
    const names = (known: ('labels' | 'boxes' | 'targets')[]) =>
      defaultLosses(new Set(known), {}).map(({ loss, weight }) => [loss.name, weight]);
    expect(names(['labels'])).toEqual([['cross-entropy', 1]]);
    expect(names(['targets'])).toEqual([['charbonnier', 1]]);
    expect(names([])).toEqual([]);
  });

  it('gives what a recipe asks for', () => {
    const named = namedLosses({ charbonnier: { weight: 2, epsilon: 0.1 }, ssim: 0.5, mse: 0 }, new Set(['targets']), {});
    expect(named.map(({ loss, weight }) => [loss.name, weight])).toEqual([['charbonnier', 2], ['ssim', 0.5]]); // prettier-ignore
  });

  it('says what a loss lacks', () => {
    expect(() => namedLosses({ mse: 1 }, new Set(['labels']), {})).toThrow(/mse cannot be computed: the training pictures have no targets/);
    expect(() => namedLosses({ 'cross-entropy': 1 }, new Set(), {})).toThrow(/no labels/);
  });
});

describe('losses in a recipe', () => {
  const issues = async (settings: Record<string, unknown>, step = 'train') => {
    const recipe = { version: 1, model: 'm.onnx', data: { train: { path: 'p' } }, steps: [{ [step]: settings }] };
    const { issues: found } = await prepareObject(recipe, { folder: '/nowhere', runs: '/nowhere/runs', for: 'validate' });
    return found.filter(({ path: [root] }) => root === 'steps').map(({ message }) => message);
  };

  it('are weights, or settings with one', async () => {
    expect(await issues({ losses: { charbonnier: { weight: 1, epsilon: 0.01 }, ssim: 0.2 } })).toEqual([]);
    expect(await issues({ losses: { charbonier: 1 } })).toEqual([expect.stringContaining('charbonnier')]);
    expect(await issues({ losses: { ssim: -1 } })).toHaveLength(1);
  });
});

describe('outputs before their ending', () => {
  const bare = (
    nodes: readonly BuildNode[],
    shapes: Record<string, readonly number[]>,
    meaning: 'classification' | 'unknown' = 'unknown',
  ) => {
    const { graph } = buildModel({ inputs: [{ name: 'z', shape: shapes['z']! }], outputs: ['y'], nodes, opset: 21 });
    const { kind, name, axis } = bareOutput(graph, 'y', (value) => shapes[value] ?? [], meaning);
    return [kind, name, ...(kind === 'classes' ? [axis] : [])];
  };

  it.each([
    ['Softmax', [['Softmax', ['z'], ['y'], { axis: 1 }]], { z: [2, 5] }, ['classes', 'z', 1]],
    ['LogSoftmax of the last axis', [['LogSoftmax', ['z'], ['y']]], { z: [2, 3, 5] }, ['classes', 'z', 2]],
    ['Softmax before Flatten', [['Softmax', ['z'], ['s'], { axis: 1 }], ['Flatten', ['s'], ['y']]], { z: [2, 5, 1, 1] }, ['classes', 'z', 1]],
    ['Sigmoid', [['Sigmoid', ['z'], ['y']]], { z: [2, 9, 1] }, ['scores', 'z']],
    ['Sigmoid before Transpose: in another order', [['Sigmoid', ['z'], ['s']], ['Transpose', ['s'], ['y']]], { z: [2, 9, 4], y: [4, 9, 2] }, ['values', 'y']],
    ['values', [['Relu', ['z'], ['y']]], { z: [2, 5], y: [2, 5] }, ['values', 'y']],
  ] as [string, BuildNode[], Record<string, number[]>, unknown[]][])('%s', (_, nodes, shapes, wanted) => {
    expect(bare(nodes, shapes)).toEqual(wanted);
  }); // prettier-ignore

  it('are classes where the task is classification and there is one row', () => {
    const relu: BuildNode[] = [['Relu', ['z'], ['y']]];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 2 }),
        (batch, classes, axes, at) => {
          const row = Array<number>(axes).fill(1).map((size, i) => (i === at % axes ? classes : size)); // prettier-ignore
          const shape = [batch, ...row];
          expect(bare(relu, { z: shape, y: shape }, 'classification')).toEqual(['classes', 'y', 1 + (at % axes)]);
        },
      ),
    );
    expect(bare(relu, { z: [2, 5, 4, 4], y: [2, 5, 4, 4] }, 'classification')).toEqual(['values', 'y']);
  });
});

describe('the teacher in a recipe', () => {
  it('is a path relative to the recipe', () => {
    const recipe: Recipe = { version: 1, model: 'm.onnx', steps: [{ distill: { teacher: 'models/t.onnx' } }] };
    const { resolved } = resolveRecipe(recipe, { folder: '/here', runs: '/here/runs', for: 'validate', world: worldOf() });
    expect(resolved?.steps[0]?.settings).toMatchObject({
      teacher: path.resolve('/here/models/t.onnx'),
      alpha: 0.9,
      temperature: 3,
      features: 'none',
    });
  });

  it('moves with the recipe, but not where it is the name of a model', () => {
    const steps = (teacher: string) => [{ distill: { teacher } }];
    const one: Recipe = { version: 1, model: 'm.onnx', steps: steps('t.onnx') };
    expect(movedRecipe(one, '/a/b', '/a')).toMatchObject({ model: 'b/m.onnx', steps: steps('b/t.onnx') });
    const several: Recipe = { version: 1, models: { large: { model: 'l.onnx' }, small: { new: 'resnet20' } }, steps: steps('large') };
    expect(movedRecipe(several, '/a/b', '/a').steps).toEqual(steps('large'));
  });

  it('must be there', async () => {
    const recipe = { version: 1, model: 'm.onnx', steps: [{ distill: { teacher: 't.onnx' } }] };
    const { issues } = await prepareObject(recipe, { folder: '/nowhere', runs: '/nowhere/runs', for: 'run' });
    expect(issues.find(({ path: at }) => at.join('.') === 'steps.0.distill.teacher')?.message).toMatch(/there is no "t.onnx" in/);
  });
});
