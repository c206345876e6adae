import path from 'node:path';
import type { AnalyzeJob } from '../../protocol/job.ts';
import type { AnalyzeDocument } from '../../protocol/results/analyze.ts';
import type { FileDocument } from '../../protocol/results/file.ts';
import type { Context } from '../base/context.ts';
import { canonicalJson } from '../base/json.ts';
import { LatheError } from '../base/errors.ts';
import { latheVersion } from '../base/version.ts';
import type { Dataset } from '../data/types.ts';
import { cloneModel } from '../onnx/clone.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { planStatic } from '../quantize/static.ts';
import type { QuantizeSettings } from '../quantize/step.ts';
import { analysisStep } from '../recipe/analysis-step.ts';
import type { ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { analyze } from '../sensitivity/analyze.ts';
import { methodOf, metricOf } from '../sensitivity/names.ts';
import { analysisOf, analysisSoFar, atWidth, joinWidths, writeAnalysis } from '../sensitivity/part.ts';
import type { Analysis, AnalysisPart, AnalyzeRequest, Estimate, Widths } from '../sensitivity/types.ts';
import { createOrtRuntime } from '../runtime/ort-node.ts';
import { findTarget } from '../targets/index.ts';
import { AnalysisCache } from './analysis-cache.ts';
import { writeAnnotations } from './annotations/write.ts';
import { recipeModel } from './chain/recipe-model.ts';
import { writeOutput } from './part-file.ts';
import type { JobDeps } from './jobs.ts';
import { ProgressTracker } from './progress.ts';
import { openFor } from './run-data.ts';
import { openSource, type Source } from './source.ts';
import { remainingPictures, validationPictures, type PictureChoice } from './validation.ts';

/** Pictures that are measured where nobody says how many: enough for a ranking by SQNR. */
const usualSamples = 64;

type AnalyzeJobDeps = Pick<JobDeps, 'context' | 'onProgress' | 'onPartial'>;

/** Measures what quantizing single layers does, outside of any run folder. A shard writes its part instead. */
export async function runAnalysis(job: AnalyzeJob, recipe: ResolvedRecipe, deps: AnalyzeJobDeps): Promise<AnalyzeDocument | FileDocument> {
  const { clock, logger } = deps.context;
  const began = clock.monotonic();
  const setting = await openAnalysis(job, recipe, deps.context);
  if (job.dryRun) return dryRun(job, setting, deps, began);
  const cache = job.cache === undefined ? undefined : new AnalysisCache(job.cache);
  const known = await Promise.all(job.widths.map((widths) => cache?.find<AnalysisPart>(cacheKey(job, setting, widths))));
  const missing = job.widths.filter((_, i) => !known[i]);
  let estimated: Estimate | undefined;
  if (missing.length) {
    // The native library is loaded only where something has to run.
    const runtime = await createOrtRuntime();
    const context = withProgress(deps, setting, missing.length * measuredPictures(job, setting));
    const plan = await planFor(setting, setting.calibration, runtime, context);
    const request = requestOf(job, setting, missing, (estimate) => {
      estimated = estimate;
      logger.info(estimateText(estimate), { shown: true });
    });
    const found = await analyze(
      plan,
      { ...request, soFar: (part) => deps.onPartial?.({ analyze: documentOf(analysisSoFar(part), setting, clock.monotonic() - began) }) },
      { runtime, context },
    );
    for (const [i, widths] of missing.entries()) {
      const part = atWidth(found, i);
      known[job.widths.indexOf(widths)] = part;
      await cache?.keep(cacheKey(job, setting, widths), part);
    }
  }
  // Where the model lies is no part of its figures.
  const part = { ...joinWidths(known as AnalysisPart[]), model: setting.source.path };
  const output = job.output === undefined ? undefined : await writeOutput(job.output, writeAnalysis(part));
  const warnings = [...setting.warnings, ...part.warnings];
  for (const warning of setting.warnings) logger.warn(warning);
  if (job.shard && output) return { output, warnings };
  const analysis = analysisOf(part);
  await writeAnnotations(job, analysis, setting.source.model, setting.source.file.sha256);
  return {
    ...documentOf(analysis, setting, clock.monotonic() - began),
    ...(estimated ? { estimate: shortEstimate(estimated) } : {}),
    cached: missing.length === 0,
    warnings,
  };
}

const documentOf = (analysis: Analysis, { source }: OpenAnalysis, milliseconds: number): AnalyzeDocument => ({
  model: source.path,
  ...analysis,
  layers: [...analysis.layers],
  baseline: [...analysis.baseline],
  notAnalyzed: [...analysis.notAnalyzed],
  seconds: milliseconds / 1000,
  cached: false,
  warnings: [...analysis.warnings],
});

const measuredPictures = ({ shard }: AnalyzeJob, { measured }: OpenAnalysis): number => measured.samples.length / (shard?.of ?? 1);

/**
 * Counts calibration and analysis as one, by guessed runs of the model: calibration takes about two a picture, the analysis half a one for
 * each layer with weights. `trials`: pictures times widths.
 */
export function withProgress(
  { context, onProgress }: AnalyzeJobDeps,
  { calibration, source }: Pick<OpenAnalysis, 'calibration' | 'source'>,
  trials: number,
): Context {
  const layers = source.layers.filter(({ macs }) => macs !== 0).length;
  const phases = { calibrate: 2 * calibration.samples.length, analyze: trials * (1 + layers / 2) };
  const tracker = new ProgressTracker([{ name: 'analyze', weight: 1, phases }], context.clock, onProgress);
  return { ...context, progress: tracker.begin('analyze') };
}

/** "38 layers × 64 pictures ≈ 40 s" */
export const estimateText = ({ layers, samples, seconds }: Pick<Estimate, 'layers' | 'samples' | 'seconds'>): string =>
  `${layers} layers × ${samples} pictures ≈ ${seconds < 1 ? 'a second' : seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`}`;

const shortEstimate = ({ layers, samples, seconds }: Estimate) => ({ layers, samples, seconds });

/** What an analysis is made of, opened and checked. */
export interface OpenAnalysis {
  readonly recipe: ResolvedRecipe;
  readonly source: Source;
  readonly settings: QuantizeSettings;
  readonly layers: ResolvedStep['layers'];
  readonly calibration: Dataset;
  /** The pictures that are measured. */
  readonly measured: Dataset;
  readonly warnings: readonly string[];
  /** Names all that the figures depend on, but for method, metric, widths and shard. */
  readonly content: string;
}

/**
 * Opens model and pictures. Throws `analyze.recipe` for a recipe without static quantization, `analyze.*`
 * for names that are none, and what reading models and data throws.
 */
export async function openAnalysis(
  job: Pick<AnalyzeJob, 'samples' | 'layers'> & Partial<Pick<AnalyzeJob, 'method' | 'metric'>>,
  recipe: ResolvedRecipe,
  context: Context,
): Promise<OpenAnalysis> {
  if (job.method !== undefined) metricOf(job.metric ?? '', methodOf(job.method));
  const step = analysisStep(recipe, 'quantize');
  if (!step) {
    throw new LatheError('analyze.recipe', 'only layers that are quantized with method: static can be analyzed', {
      file: recipe.file,
      hint: 'Add the step quantize to the recipe.',
    });
  }
  const source = await openSource(await recipeModel(recipe, 'an analysis', context));
  const { calibration: calibrated, validation, test } = recipe.data;
  if (!calibrated) throw new LatheError('analyze.no-pictures', 'ranges of activations come from pictures', { hint: 'Give --calibration.' });
  const open = (choice: PictureChoice) =>
    openFor(source.model, { ...choice, folder: recipe.folder, input: recipe.data.input, seed: recipe.seed }, context);
  // A part of `train` was put aside on purpose; the tenth of `calibration` that every recipe has would be too few.
  const aside = validation?.kind === 'part' && validation.of === 'train';
  const calibration = await open((aside ? remainingPictures(recipe, 'calibration') : undefined) ?? { source: calibrated });
  const declared = validation?.kind === 'path' || aside ? validationPictures(recipe) : undefined;
  const chosen = declared?.source ?? test ?? calibrated;
  const all = await open(declared ?? { source: chosen });
  const samples = job.samples ?? usualSamples;
  const few = chosen.count === undefined && all.samples.length > samples;
  const measured = few ? await open({ ...declared, source: { ...chosen, count: samples } }) : all;
  const settings = baseSettings(step.settings as QuantizeSettings);
  const parts = {
    lathe: latheVersion,
    model: source.file.sha256,
    settings,
    layers: step.layers,
    only: job.layers ? [...job.layers].sort() : null,
    target: recipe.target,
    task: recipe.task,
    calibration: calibration.fingerprint,
    measured: measured.fingerprint,
    decode: chosen.decode,
    match: chosen.match,
  };
  return {
    recipe,
    source,
    settings,
    layers: step.layers,
    calibration,
    measured,
    warnings: chosen === test ? ['measured on the test pictures: what is chosen by these figures makes the final figure too good'] : [],
    content: canonicalJson(parts),
  };
}

/** Widths of the plan do not matter, but its activations must have ranges. */
const baseSettings = (settings: QuantizeSettings): QuantizeSettings => ({ ...settings, weights: 8, activations: 8 });

/** Plans the quantization that layers are tried under, on a copy of the model. */
export async function planFor(
  { recipe, source, settings, layers }: OpenAnalysis,
  calibration: Dataset,
  runtime: Runtime,
  context: Context,
): Promise<StaticPlan> {
  const target = findTarget(recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
  return planStatic(cloneModel(source.model), { settings, layers: widthless(layers), target }, { runtime, context, dataset: calibration });
}

/** Layers that the recipe keeps in float stay so; other widths of its layers are what the analysis is to find. */
function widthless(layers: ResolvedStep['layers']): typeof layers {
  return Object.fromEntries(
    Object.entries(layers).map(([name, { weights: _, activations: __, ...others }]) => [name, others as Record<string, unknown>]),
  );
}

function requestOf(
  job: AnalyzeJob,
  setting: OpenAnalysis,
  widths: readonly Widths[],
  estimated: AnalyzeRequest['estimated'],
): AnalyzeRequest {
  const { recipe, measured, content } = setting;
  const { validation, test, calibration } = recipe.data;
  const chosen = validation?.kind === 'path' ? validation.source : (test ?? calibration);
  return {
    method: job.method,
    metric: job.metric,
    widths,
    ...(job.layers ? { layers: job.layers } : {}),
    dataset: measured,
    ...(job.shard ? { shard: job.shard } : {}),
    task: recipe.task,
    decode: chosen?.decode,
    match: chosen?.match,
    content,
    estimated,
  };
}

const cacheKey = ({ method, metric, shard }: AnalyzeJob, { content }: OpenAnalysis, widths: Widths): unknown => ({
  method,
  metric,
  shard: shard ?? null,
  widths: { weights: widths.weights, activations: widths.activations },
  content,
});

/** Plans on one picture, times a few runs and says what the whole would cost. */
async function dryRun(job: AnalyzeJob, setting: OpenAnalysis, deps: AnalyzeJobDeps, began: number): Promise<AnalyzeDocument> {
  const runtime = await createOrtRuntime();
  const { calibration } = setting;
  const one = { ...calibration, samples: calibration.samples.slice(0, 1) };
  const plan = await planFor(setting, one, runtime, deps.context);
  let estimated: Estimate | undefined;
  const request = requestOf(job, setting, job.widths, (estimate) => (estimated = estimate));
  await analyze(plan, { ...request, onlyEstimate: true }, { runtime, context: deps.context });
  const { method, metric } = job;
  const measure = metricOf(metric, methodOf(method)).on({ task: setting.recipe.task, dataset: setting.measured });
  return {
    model: path.resolve(setting.source.path),
    method,
    metric,
    measure: measure.name,
    unit: measure.unit,
    better: measure.better,
    samples: 0,
    layers: [],
    baseline: [],
    notAnalyzed: [],
    seconds: (deps.context.clock.monotonic() - began) / 1000,
    forwardPasses: estimated?.forwardPasses ?? 0,
    ...(estimated ? { estimate: shortEstimate(estimated) } : {}),
    cached: false,
    warnings: [...setting.warnings],
  };
}
