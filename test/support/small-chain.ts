import path from 'node:path';
import { expect } from 'vitest';
import { prepareObject } from '../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../src/engine/recipe/types.ts';
import { smallJob } from './small-job.ts';

export interface SmallChain {
  readonly steps: readonly object[];
  /** What the steps have beside the test pictures: half of `learn` is for choices. */
  readonly uses: 'learn' | 'calibrate';
  readonly pictures: number;
  /** Of its run folders, in `folder`. */
  readonly runs?: string;
}

/** A recipe of two models in a row: a new network that makes a picture of a picture, `restore`, and one that says what it shows, `classify`. */
export async function smallChain(folder: string, { steps, uses, pictures, runs = 'runs' }: SmallChain): Promise<ResolvedRecipe> {
  const { recipe } = await smallJob(folder, pictures);
  const { calibration, test, input } = recipe.data;
  const { path: seen } = calibration!;
  const { resolved, issues } = await prepareObject(
    {
      version: 1,
      models: {
        restore: { new: 'unet', classes: 1, input: [1, 16, 16], width: 0.125, stride: 2 },
        classify: { model: recipe.model, input: { from: 'restore', scale: 2, mean: 0.1, resize: { size: [16, 16] } } },
      },
      chain: ['restore', 'classify'],
      data: {
        input,
        ...(uses === 'learn' ? { train: { path: seen, batch: 5 }, validation: { fraction: 0.5 } } : { calibration: { path: seen } }),
        test: { path: test!.path, labels: 'folders' },
      },
      steps,
    },
    { folder, runs: path.join(folder, runs), for: 'run' },
  );
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return resolved!;
}
