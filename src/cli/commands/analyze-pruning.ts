import path from 'node:path';
import { prepareObject } from '../../engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../engine/recipe/types.ts';
import type { PruningSensitivityJob } from '../../protocol/job.ts';
import { analyzedRecipe } from '../analyzed-recipe.ts';
import type { Cli } from '../cli.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import type { GivenData } from '../options/data.ts';
import { pruningAnalysisText } from '../output/pruning-analysis.ts';
import { printResult, widthOf } from '../output/result.ts';
import type { AnalyzeOptions } from './analyze.ts';
import { isRecipeName } from '../recipe-model.ts';
import { optionError, recipeOf } from './step.ts';

/** What belongs to the analysis of quantization alone. */
const others = ['channels', 'dryRun', 'shard', 'output', 'netron', 'modelExplorer'] as const;

/** `lathe analyze --technique prune`: each group of channels narrowed alone. */
export async function showPruning(cli: Cli, model: string, data: GivenData, options: AnalyzeOptions): Promise<void> {
  const { metric, samples, layer, overlay } = options;
  const unfit = others.find((key) => options[key] !== undefined);
  if (unfit !== undefined) {
    const name = unfit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw wrongCall('option-value', `--${name} does not go with --technique prune`, 'Leave one of the two out.');
  }
  if (metric !== 'sqnr' && metric !== 'task') {
    throw wrongCall('option-value', `--metric ${metric} does not go with --technique prune`, 'It takes sqnr and task.');
  }
  const resolved = await resolve(cli, model, data, options);
  const job: PruningSensitivityJob = {
    kind: 'pruning-sensitivity',
    recipe: { resolved },
    metric,
    parts: options.parts.split(',').map((text) => partOf('--parts', text)),
    macs: partOf('--macs', options.macs),
    ...(layer ? { layers: layer } : {}),
    ...(samples === undefined ? {} : { samples }),
    ...(overlay === undefined ? {} : { overlay: path.resolve(cli.cwd, overlay) }),
  };
  const result = await runJob(cli, job, options);
  printResult(cli, 'analyze', options, result, (document, style) => pruningAnalysisText(document, style, widthOf(cli)));
}

async function resolve(cli: Cli, model: string, data: GivenData, options: AnalyzeOptions): Promise<ResolvedRecipe> {
  if (isRecipeName(model)) return analyzedRecipe(cli, model, 'prune', { data, settings: {}, options });
  const { input, sources } = data;
  const calibration = sources.calibration ?? sources.train ?? sources.validation ?? sources.test;
  const all = { ...(input ? { input } : {}), sources: { ...sources, ...(calibration ? { calibration } : {}) } };
  const made = recipeOf(model, options, all, { prune: {} });
  const prepared = await prepareObject(made, { folder: cli.cwd, runs: path.join(cli.cwd, 'lathe-runs'), for: 'run' });
  const wrong = prepared.issues.find((issue) => issue.severity === 'error');
  if (wrong || !prepared.resolved) throw optionError(wrong, 'prune', model);
  return prepared.resolved;
}

/** Between nothing and everything, both left out. */
function partOf(option: string, text: string): number {
  const part = Number(text);
  if (text.trim() !== '' && part > 0 && part < 1) return part;
  throw wrongCall('option-value', `${option}: ${JSON.stringify(text)} is no part between 0 and 1`, 'Half of the channels is 0.5.');
}
