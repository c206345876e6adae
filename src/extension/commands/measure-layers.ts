import path from 'node:path';
import * as vscode from 'vscode';
import type { ResolvedRecipe, ResolvedStep } from '../../engine/recipe/types.ts';
import type { AnalyzeJob, TriedWidths } from '../../protocol/job.ts';
import type { Host } from '../host.ts';
import { analyzeSummary } from '../jobs/wording.ts';
import { analysisCache, askCount, reportAnalysis } from './analysis-parts.ts';

/** How, and which layers by their names in the model; all by default. */
export type Asked = Partial<Pick<AnalyzeJob, 'method' | 'metric' | 'layers'>>;

/**
 * Measures what the widths of a recipe's step do to each layer of a model, with the recipe's own pictures and settings; only how many is asked. The figures appear beside the recipe's
 * lines and in the model's editor. Throws LatheError.
 */
export async function measureLayers(
  host: Host,
  model: vscode.Uri,
  resolved: ResolvedRecipe,
  step: ResolvedStep,
  asked: Asked = {},
): Promise<void> {
  const name = path.basename(model.fsPath);
  const title = `Analyze ${name}`;
  const request = { resolved: { ...resolved, steps: [step] } };
  const usual = { method: 'isolated', metric: 'sqnr', widths: widthsOf(step) };
  const job: AnalyzeJob = { kind: 'analyze', recipe: request, ...usual, ...asked, ...analysisCache(host) };
  const samples = await askCount(host, title, job);
  if (samples === undefined) return;
  const result = await host.jobs.run(title, { ...job, samples }, model.fsPath);
  if (!('layers' in result)) return;
  reportAnalysis(host, result);
  await host.overlays.add(model, result, request, asked.layers ? 'some' : 'all');
  void vscode.window.showInformationMessage(`${name}: ${analyzeSummary(result)}`);
}

/** What the step rounds to, and the widths that single layers get. */
function widthsOf({ settings, layers }: ResolvedStep): TriedWidths[] {
  const tried = [settings, ...Object.values(layers).map((own) => ({ ...settings, ...own }))].map(({ weights, activations }) => ({
    weights: weights as TriedWidths['weights'],
    activations: typeof activations === 'number' ? activations : ('float' as const),
  }));
  const rounded = tried.filter(({ weights, activations }) => weights !== 'float' || activations !== 'float');
  return [...new Map(rounded.map((widths) => [JSON.stringify(widths), widths])).values()];
}
