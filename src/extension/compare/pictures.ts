import path from 'node:path';
import type * as vscode from 'vscode';
import type { CompareJob } from '../../protocol/job.ts';
import { back } from '../compress/pick.ts';
import type { Host } from '../host.ts';

type Pictures = Required<Pick<CompareJob, 'data' | 'seed'>>;

/** The calibration pictures of the run that made one of the models: the ones whose values were quantized. Undefined where none did. */
export async function runPictures(models: readonly vscode.Uri[], run: string | undefined): Promise<Pictures | undefined> {
  const { readRecord } = await import('../../engine/pipeline/index.ts');
  for (const folder of [run, ...models.map(({ fsPath }) => runFolderOf(fsPath))]) {
    const recipe = folder === undefined ? undefined : (await readRecord(folder))?.recipe;
    const source = recipe?.data.calibration ?? recipe?.data.test;
    if (recipe && source) return { data: { source, folder: recipe.folder, input: recipe.data.input }, seed: recipe.seed };
  }
  return undefined;
}

/** A model in `<run>/models/` belongs to a run. */
function runFolderOf(model: string): string | undefined {
  const folder = path.dirname(model);
  return path.basename(folder) === 'models' ? path.dirname(folder) : undefined;
}

/** Asks for pictures and how they become the model's input. Undefined when the user turned away. */
export async function choosePictures(host: Host, model: vscode.Uri): Promise<Pictures | undefined> {
  const [{ askPictures }, { checkInput }] = await Promise.all([
    import('../compress/pick-pictures.ts'),
    import('../compress/check-input.ts'),
  ]);
  const found = await askPictures(model, 'needed', { title: 'Measure the difference', step: 1, steps: 1 });
  if (!found || found === back || found === 'none') return undefined;
  const input = await checkInput(host, model, found);
  return input && { data: { source: found.choice.calibration, folder: found.folder, input }, seed: 0 };
}
