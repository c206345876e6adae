import path from 'node:path';
import type { Shard } from '../../protocol/job.ts';
import type { FileDocument } from '../../protocol/results/file.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import { LatheError } from '../base/errors.ts';
import { toExactJson } from '../base/json.ts';
import { latheVersion } from '../base/version.ts';
import { statisticsKey } from '../quantize/static.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { encodeCollection } from '../statistics/collect.ts';
import { mergeCollections, shardRange, type SavedCollection } from '../statistics/collection.ts';
import { recipeModel } from './chain/recipe-model.ts';
import { unfitPart, writeOutput } from './part-file.ts';
import { openRunData } from './run-data.ts';
import { safeName } from './run-folder.ts';
import { runRecipe } from './run.ts';
import type { RunDeps } from './session.ts';
import { openSource } from './source.ts';
import { recipeHash, type Gathered } from './step-chain.ts';
import { calibrateShard } from './steps/quantize.ts';

export const calibrationKind = 'lathe-calibration';

/** File of one part of a sharded quantization: what its pictures showed. */
export interface CalibrationPart {
  readonly kind: typeof calibrationKind;
  readonly lathe: string;
  readonly shard: Shard;
  /** Of all parts together. */
  readonly samples: number;
  /** `recipeHash` of the job: the same in all its parts. */
  readonly belongsTo: string;
  /** What `merge` runs. */
  readonly recipe: ResolvedRecipe;
  readonly collection: SavedCollection;
}

/**
 * Calibrates on one part of the pictures and writes what was gathered beside the run folders, or to `output.file` if that is a .json.
 * Throws `shard.recipe` for a recipe that does more than quantize with calibration.
 */
export async function runCalibrationShard(recipe: ResolvedRecipe, shard: Shard, deps: RunDeps): Promise<FileDocument> {
  const [step, ...more] = recipe.steps;
  if (step?.step !== 'quantize' || step.settings['method'] !== 'static' || more.length) {
    throw new LatheError('shard.recipe', 'only a recipe whose one step is quantize, with method static, can be sharded', {
      file: recipe.file,
    });
  }
  const warnings: string[] = [];
  const { logger } = deps.context;
  const context = {
    ...deps.context,
    logger: { ...logger, warn: (message: string, data?: Record<string, unknown>) => (warnings.push(message), logger.warn(message, data)) },
  };
  const source = await openSource(await recipeModel(recipe, 'a sharded job', context));
  const data = await openRunData(source.model, recipe, ['calibration'], context);
  const samples = data.calibration?.samples.length ?? 0;
  const track = { source, data };
  const belongsTo = recipeHash({ recipe, steps: recipe.steps, tracks: { all: [track], main: track }, data });
  const range = shardRange(samples, shard.index, shard.of);
  const collection = await calibrateShard({ model: source.model, step, recipe, data, runtime: deps.runtime, context }, range);
  const { file: given, ...output } = recipe.output;
  const whole = given?.endsWith('.json') ? { ...recipe, output } : recipe;
  const part: CalibrationPart = { kind: calibrationKind, lathe: latheVersion, shard, samples, belongsTo, recipe: whole, collection };
  const beside = path.join(output.folder, `${safeName(recipe.name)}.part-${shard.index}-of-${shard.of}.json`);
  const file = given?.endsWith('.json') ? given : beside;
  return { output: await writeOutput(file, toExactJson(part)), warnings };
}

/** Adds the parts and ends the job: the model is the same, byte for byte, as that of the whole job in one process. */
export function mergeCalibration(
  parts: readonly { readonly file: string; readonly value: object }[],
  copy: string | undefined,
  deps: RunDeps,
): Promise<RunDocument> {
  const found = parts.map(({ file, value }) => ({ file, part: value as CalibrationPart }));
  const [first] = found;
  if (!first) throw new LatheError('shard.parts', 'there are no parts to add');
  for (const { file, part } of found) {
    if (part.lathe !== latheVersion) throw unfitPart(`it was written by Lathe ${part.lathe}, this is ${latheVersion}`, file);
    if (part.belongsTo !== first.part.belongsTo) throw unfitPart(`it belongs to another job than ${first.file}`, file);
  }
  const collections = found.map(({ part }) => part.collection);
  const state = encodeCollection(mergeCollections(collections, first.part.samples).save());
  const { recipe, belongsTo } = first.part;
  const output = { ...recipe.output, ...(copy === undefined ? {} : { file: copy }) };
  const gathered: Gathered = { belongsTo, keep: (checkpoints) => checkpoints.save(statisticsKey, state) };
  return runRecipe({ ...recipe, output }, deps, { gathered });
}
