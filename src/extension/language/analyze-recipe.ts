import path from 'node:path';
import * as vscode from 'vscode';
import { analysisStep } from '../../engine/recipe/analysis-step.ts';
import type { ResolvedRecipe, ResolvedStep } from '../../engine/recipe/types.ts';
import type { AnalyzeJob, TriedWidths } from '../../protocol/job.ts';
import { analyzableRecipe } from '../commands/chain-jobs.ts';
import { analysisCache, analyzeModel, askCount, reportAnalysis } from '../commands/analyze.ts';
import type { Host } from '../host.ts';
import { analyzeSummary } from '../jobs/wording.ts';
import { LatheError } from '../../engine/base/errors.ts';
import { readRecipe, type OpenRecipe } from '../steering/recipes.ts';
import { composedModel } from '../recipe/composed-model.ts';
import { preparedRecipe } from '../recipe/run-recipe.ts';

/**
 * Measures what the recipe's widths do to each layer, one at a time, with the recipe's own pictures and settings; only how many is asked. Where the
 * recipe quantizes nothing or has no pictures, all is asked. Of a chain every layer is measured by what it does to the answer of the last model. The figures appear beside the recipe's lines and in the model's editor. Throws LatheError.
 */
export async function analyzeRecipe(host: Host, recipe: vscode.Uri, asked: Asked = {}): Promise<void> {
  const prepared = await preparedRecipe(recipe);
  if (!prepared) return;
  const { chain } = prepared.resolved;
  const resolved = chain ? await analyzableRecipe(await opened(recipe), 'quantize') : prepared.resolved;
  const file = chain ? await composedModel(host, recipe) : modelOf(resolved);
  const step = analysisStep(resolved, 'quantize');
  const { calibration, validation, test } = resolved.data;
  if (!step || !file || !(calibration ?? validation ?? test)) return analyzeModel(host, file);
  const name = path.basename(file.fsPath);
  const title = `Analyze ${name}`;
  const request = { resolved: { ...resolved, steps: [step] } };
  const job: AnalyzeJob = {
    kind: 'analyze',
    recipe: request,
    method: 'isolated',
    metric: 'sqnr',
    widths: widthsOf(step),
    ...asked,
    ...analysisCache(host),
  };
  const samples = await askCount(host, title, job);
  if (samples === undefined) return;
  const result = await host.jobs.run(title, { ...job, samples }, file.fsPath);
  if (!('layers' in result)) return;
  reportAnalysis(host, result);
  await host.overlays.add(file, result, request, asked.layers ? 'some' : undefined);
  void vscode.window.showInformationMessage(`${name}: ${analyzeSummary(result)}`);
}

/** How, and which layers by their names in the whole; all by default. */
export type Asked = Partial<Pick<AnalyzeJob, 'method' | 'metric' | 'layers'>>;

async function opened(recipe: vscode.Uri): Promise<OpenRecipe> {
  const read = await readRecipe(recipe);
  if (read) return read;
  throw new LatheError('file.read', 'the recipe is gone', { file: recipe.fsPath });
}

const modelOf = ({ model }: ResolvedRecipe): vscode.Uri | undefined => (model === undefined ? undefined : vscode.Uri.file(model));

/** What the step rounds to, and the widths that single layers get. */
function widthsOf({ settings, layers }: ResolvedStep): TriedWidths[] {
  const tried = [settings, ...Object.values(layers).map((own) => ({ ...settings, ...own }))].map(({ weights, activations }) => ({
    weights: weights as TriedWidths['weights'],
    activations: typeof activations === 'number' ? activations : ('float' as const),
  }));
  const rounded = tried.filter(({ weights, activations }) => weights !== 'float' || activations !== 'float');
  return [...new Map(rounded.map((widths) => [JSON.stringify(widths), widths])).values()];
}
