import path from 'node:path';
import type * as vscode from 'vscode';
import { readRecord } from '../../engine/pipeline/index.ts';
import type { CompareJob, DataRequest } from '../../protocol/job.ts';
import type { Host } from '../host.ts';
import { pickFile, pickModel } from '../pick-file.ts';
import { comparisonText } from './comparison-text.ts';
import type { TextViews } from '../text-views.ts';

/**
 * Compares two models, layer by layer where there are pictures: those of the run that made the second one, when one did. Resolves
 * when the result is on the screen.
 */
export async function compareModels(
  host: Host,
  texts: TextViews,
  given: vscode.Uri | undefined,
  known: { other?: vscode.Uri; run?: string } = {},
): Promise<void> {
  const a = await pickModel(given, 'Compare which model?');
  const b = a && (known.other ?? (await pickFile('**/*.onnx', `Compare ${path.basename(a.fsPath)} with?`, a)));
  if (!a || !b) return;
  const data = await dataOfRun(known.run ?? runFolderOf(b.fsPath));
  const title = `${path.basename(a.fsPath)} and ${path.basename(b.fsPath)}`;
  const job: CompareJob = { kind: 'compare', a: a.fsPath, b: b.fsPath, seed: data?.seed ?? 0, ...(data ? { data: data.request } : {}) };
  await texts.show(`Comparison of ${title}`, comparisonText(await host.jobs.run(`Compare ${title}`, job, a.fsPath)));
}

/** A model in `<run>/models/` belongs to a run. */
function runFolderOf(model: string): string | undefined {
  const folder = path.dirname(model);
  return path.basename(folder) === 'models' ? path.dirname(folder) : undefined;
}

/** The calibration pictures of a run: the ones whose values were quantized. */
async function dataOfRun(folder: string | undefined): Promise<{ request: DataRequest; seed: number } | undefined> {
  const recipe = folder === undefined ? undefined : (await readRecord(folder))?.recipe;
  const source = recipe?.data.calibration ?? recipe?.data.test;
  return recipe && source ? { request: { source, folder: recipe.folder, input: recipe.data.input }, seed: recipe.seed } : undefined;
}
