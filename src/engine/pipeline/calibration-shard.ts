import path from 'node:path';
import type { Shard } from '../../protocol/job.ts';
import type { FileDocument, RunDocument } from '../../protocol/results.ts';
import { LatheError } from '../base/errors.ts';
import { latheVersion } from '../base/version.ts';
import { statisticsKey } from '../quantize/static.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { encodeCollection } from '../statistics/collect.ts';
import { mergeCollections, shardRange, type SavedCollection } from '../statistics/collection.ts';
import { writePart, type PartHeader } from './part-file.ts';
import { openRunData } from './run-data.ts';
import { safeName } from './run-folder.ts';
import { runRecipe } from './run.ts';
import type { RunDeps } from './session.ts';
import { openSource } from './source.ts';
import { recipeHash, type Gathered } from './step-chain.ts';
import { calibrateShard } from './steps/quantize.ts';

/** One part of a sharded quantization: what its pictures showed. */
export interface CalibrationPart extends PartHeader {
  readonly kind: 'calibration';
  /** What `merge` runs. */
  readonly recipe: ResolvedRecipe;
  readonly collection: SavedCollection;
}

/**
 * Calibrates on one part of the pictures and writes what was gathered beside the run folders. Throws `shard.recipe` for a recipe
 * that does more than quantize with calibration.
 */
export async function runCalibrationShard(recipe: ResolvedRecipe, shard: Shard, deps: RunDeps): Promise<FileDocument> {
  const [step, ...more] = recipe.steps;
  if (step?.step !== 'quantize' || step.settings['method'] !== 'static' || more.length) {
    throw new LatheError('shard.recipe', 'only a recipe whose one step is quantize, with method static, can be sharded', {
      file: recipe.file,
    });
  }
  const progress = { report: (report: Parameters<RunDeps['context']['progress']['report']>[0]) => reportPart(report, deps) };
  const context = { ...deps.context, progress };
  const source = await openSource(recipe.model);
  const data = await openRunData(source.model, recipe, ['calibration'], context);
  const samples = data.calibration?.samples.length ?? 0;
  const range = shardRange(samples, shard.index, shard.of);
  const collection = await calibrateShard({ model: source.model, step, recipe, data, runtime: deps.runtime, context }, range);
  const part: CalibrationPart = {
    kind: 'calibration',
    lathe: latheVersion,
    shard,
    samples,
    belongsTo: recipeHash({ recipe, steps: recipe.steps, source, data }),
    recipe,
    collection,
  };
  const file = path.join(recipe.output.folder, `${safeName(recipe.name)}.part-${shard.index}-of-${shard.of}.json`);
  return { output: await writePart(file, part), warnings: [] };
}

/** Adds the parts and ends the job: the model is the same, byte for byte, as that of the whole job in one process. */
export function mergeCalibration(parts: readonly CalibrationPart[], copy: string | undefined, deps: RunDeps): Promise<RunDocument> {
  const [first] = parts;
  if (!first) throw new LatheError('shard.parts', 'there are no parts to add');
  const collection = mergeCollections(
    parts.map((part) => part.collection),
    first.samples,
  );
  const output = { ...first.recipe.output, ...(copy === undefined ? {} : { file: copy }) };
  const state = encodeCollection(collection.save());
  const gathered: Gathered = { belongsTo: first.belongsTo, keep: (checkpoints) => checkpoints.save(statisticsKey, state) };
  return runRecipe({ ...first.recipe, output }, deps, { gathered });
}

const reportPart = (report: { phase: string; done: number; total: number; unit: string }, deps: RunDeps): void =>
  deps.onProgress?.({ ...report, fraction: report.total ? report.done / report.total : 1 });
