import path from 'node:path';
import type * as vscode from 'vscode';
import type { AnalyzeJob } from '../../protocol/job.ts';
import type { Host } from '../host.ts';
import { analysisCache, reportAnalysis } from './analysis-parts.ts';
import { analyzeModel } from './analyze.ts';

/**
 * Measures some layers, by name, in the way and on the pictures of the model's last analysis, whose other figures stay; asks for all that
 * where there is none. Resolves when the figures are shown or the user turned away. Throws LatheError.
 */
export async function analyzeLayers(host: Host, model: vscode.Uri, layers: readonly string[]): Promise<void> {
  const last = await host.overlays.last(model);
  if (!last) return analyzeModel(host, model, layers);
  const { recipe, method, metric, widths, samples } = last;
  const title = `Analyze ${layers.length} layer${layers.length === 1 ? '' : 's'} of ${path.basename(model.fsPath)}`;
  const job: AnalyzeJob = { kind: 'analyze', recipe, method, metric, widths, samples, layers: [...layers], ...analysisCache(host) };
  const result = await host.jobs.run(title, job, model.fsPath);
  if (!('layers' in result)) return;
  reportAnalysis(host, result);
  await host.overlays.add(model, result, recipe, 'some');
}
