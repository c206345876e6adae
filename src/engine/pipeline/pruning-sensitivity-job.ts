import type { PruningSensitivityJob } from '../../protocol/job.ts';
import type { PruningSensitivityDocument, PruningSensitivityGroup, PruningSensitivityPoint } from '../../protocol/results/prune.ts';
import type { Context } from '../base/context.ts';
import { toJson } from '../base/json.ts';
import { LatheError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import { rank, type Ranking } from '../prune/choose/index.ts';
import { costsAt, wholeWidths } from '../prune/costs-at.ts';
import { pruningProfile } from '../prune/costs.ts';
import { couplingOf, type Coupling } from '../prune/groups/index.ts';
import type { PruneSettings } from '../prune/step.ts';
import { analysisStep } from '../recipe/analysis-step.ts';
import { nearest } from '../recipe/nearest.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { createOrtRuntime } from '../runtime/ort-node.ts';
import { Judge, type Score } from '../search/judge.ts';
import { pruningOverlays } from '../sensitivity/pruning/overlays.ts';
import { scanPruning, type ScannedGroup, type ScannedPoint } from '../sensitivity/pruning/scan.ts';
import { suggestWidths } from '../sensitivity/pruning/suggest.ts';
import type { PruningProfile } from '../../protocol/pruning.ts';
import type { JobDeps } from './jobs.ts';
import { overlayOfViews } from './annotations/overlay-of-views.ts';
import { recipeModel } from './chain/recipe-model.ts';
import { writeOutput } from './part-file.ts';
import { ProgressTracker } from './progress.ts';
import { openFor } from './run-data.ts';
import { openSource, type Source } from './source.ts';
import { validationPictures } from './validation.ts';

/** Pictures that are measured where nobody says how many. */
const usualSamples = 64;

/** What everything is measured on. */
interface Opened {
  readonly source: Source;
  readonly coupling: Coupling;
  readonly profile: PruningProfile;
  readonly ranking: Ranking;
  readonly measured: Dataset;
  readonly criterion: string;
  readonly warnings: readonly string[];
}

/**
 * Narrows each group of channels alone and measures what that does to the outputs or the task metric; suggests widths for a goal of multiply-adds. Throws `analyze.recipe`,
 * `analyze.no-pictures`, `analyze.layer`, what reading models and data throws, `evaluate.metric`, and Cancelled.
 */
export async function runPruningSensitivity(
  job: PruningSensitivityJob,
  recipe: ResolvedRecipe,
  { context: outer, onProgress }: Pick<JobDeps, 'context' | 'onProgress'>,
): Promise<PruningSensitivityDocument> {
  const began = outer.clock.monotonic();
  const tracker = new ProgressTracker([{ name: 'analyze', weight: 1 }], outer.clock, onProgress);
  const context: Context = { ...outer, progress: tracker.begin('analyze') };
  const opened = await open(job, recipe, outer);
  const { source, coupling, profile, ranking, measured, warnings } = opened;
  for (const warning of warnings) context.logger.warn(warning);
  const runtime = await createOrtRuntime();
  const choice = validationPictures(recipe)?.source ?? recipe.data.test ?? recipe.data.calibration;
  const request = { model: source.model, dataset: measured, task: recipe.task, decode: choice?.decode, match: choice?.match };
  const judge = await Judge.open(request, { runtime, context }, job.metric === 'task' ? 'needed' : 'optional');
  try {
    const measure = (model: Model, quiet: Context): Promise<Score> => judge.measure(model, Infinity, quiet);
    const parts = [...new Set(job.parts)].sort((a, b) => a - b);
    const { importance, rules } = ranking;
    const groups = groupsOf(job, profile, source.path);
    const scanned = await scanPruning({ model: source.model, coupling, profile, importance, rules, parts, groups, measure }, context);
    const document = documentOf(job, opened, scanned, judge);
    if (job.overlay !== undefined)
      await writeOutput(job.overlay, `${toJson(overlayOfViews(document.overlays, source.model, source.file.sha256))}\n`);
    return { ...document, seconds: (outer.clock.monotonic() - began) / 1000 };
  } finally {
    await judge.dispose();
  }
}

async function open(job: PruningSensitivityJob, recipe: ResolvedRecipe, context: Context): Promise<Opened> {
  const step = analysisStep(recipe, 'prune');
  if (!step)
    throw new LatheError('analyze.recipe', 'only channels that are pruned can be analyzed so', { file: recipe.file, hint: 'Add the step prune to the recipe.' }); // prettier-ignore
  const source = await openSource(await recipeModel(recipe, 'an analysis', context));
  const { calibration, test } = recipe.data;
  const declared = validationPictures(recipe) ?? (test ? { source: test } : calibration && { source: calibration });
  if (!declared) throw new LatheError('analyze.no-pictures', 'what a cut does is measured on pictures', { hint: 'Give --calibration.' });
  const opening = { folder: recipe.folder, input: recipe.data.input, seed: recipe.seed };
  const all = await openFor(source.model, { ...declared, ...opening }, context);
  const samples = job.samples ?? usualSamples;
  const few = declared.source.count === undefined && all.samples.length > samples;
  const measured = few
    ? await openFor(source.model, { ...declared, source: { ...declared.source, count: samples }, ...opening }, context)
    : all;
  const coupling = couplingOf(source.model);
  const profile = pruningProfile(source.model, coupling);
  const settings = step.settings as PruneSettings;
  const pictures = calibration && {
    dataset: await openFor(source.model, { source: calibration, ...opening }, context),
    runtime: await createOrtRuntime(),
    context,
  };
  const layer = (name: string) => ({ leftOut: step.layers[name]?.['prune'] === false });
  const ranking = await rank({
    model: source.model,
    coupling,
    profile,
    settings,
    goals: {},
    seed: recipe.seed,
    layer,
    ...(pictures ? { pictures } : {}),
  });
  const seen =
    declared.source === test ? ['measured on the test pictures: what is chosen by these figures makes the final figure too good'] : [];
  const criterion = String(step.settings['criterion'] ?? (calibration ? 'reconstruction' : 'l2'));
  return { source, coupling, profile, ranking, measured, criterion, warnings: [...seen, ...ranking.notes] };
}

/** Places of the groups that are made by the layers that were named, or all. */
function groupsOf({ layers }: PruningSensitivityJob, { groups, kept }: PruningProfile, file: string): number[] {
  const all = groups.map((_, at) => at);
  if (!layers) return all;
  const names = groups.flatMap(({ makers }) => makers);
  const unknown = layers.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const reason = kept.find(({ name }) => name === unknown)?.reason;
    const near = nearest(unknown, names);
    throw new LatheError(
      'analyze.layer',
      `${JSON.stringify(unknown)} makes no channels that can go${reason === undefined ? '' : `: ${reason}`}`,
      {
        file,
        ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
      },
    );
  }
  return all.filter((at) => groups[at]!.makers.some((name) => layers.includes(name)));
}

function documentOf(
  { metric, macs }: PruningSensitivityJob,
  { source, profile, measured, criterion, warnings }: Opened,
  scanned: readonly ScannedGroup[],
  judge: Judge,
): PruningSensitivityDocument {
  const { widths, costs } = suggestWidths(profile, scanned, macs);
  const whole = costsAt(profile, wholeWidths(profile));
  const byTask = metric === 'task' ? judge.metric : undefined;
  const operators = new Map(source.model.graph.nodes.map(({ label, op }) => [label, op]));
  const groups = scanned.map(({ group, points }): PruningSensitivityGroup => {
    const { name, channels, makers } = profile.groups[group]!;
    return {
      name,
      op: operators.get(makers[0] ?? name) ?? '',
      channels,
      makers: [...makers],
      macs: profile.layers
        .filter(({ extents }) => extents.some((one) => one.groups.some(([at]) => at === group)))
        .reduce((sum, layer) => sum + layer.macs, 0),
      points: points.map((point) => pointOf(point, byTask !== undefined)),
      suggested: 1 - widths[group]! / channels,
    };
  });
  const middle = ({ points }: ScannedGroup): number => points[Math.floor(points.length / 2)]?.noise ?? 0;
  const order = [...scanned.keys()].sort((a, b) => middle(scanned[b]!) - middle(scanned[a]!) || a - b);
  const figures = {
    metric,
    measure: byTask?.name ?? metric,
    unit: byTask?.unit ?? 'dB',
    better: byTask?.better ?? ('high' as const),
    samples: measured.samples.length,
    criterion,
    groups: order.map((at) => groups[at]!),
    suggestion: { macs: costs.macs / (whole.macs || 1), parameters: costs.parameters / (whole.parameters || 1), costs },
  };
  const places = new Map(source.model.graph.nodes.map(({ label }, i) => [label, i]));
  return {
    model: source.path,
    technique: 'prune',
    method: 'isolated',
    ...figures,
    kept: [...profile.kept],
    nodes: source.model.graph.nodes.length,
    overlays: pruningOverlays(figures, places),
    seconds: 0,
    cuts: scanned.reduce((sum, { points }) => sum + points.length, 0),
    warnings: [...warnings],
  };
}

function pointOf({ asked, part, left, noise, value, loss }: ScannedPoint, byTask: boolean): PruningSensitivityPoint {
  const place = { asked, part, left };
  if (byTask) return { ...place, value: value ?? null, ...(loss === undefined ? {} : { loss }) };
  return noise === 0 ? { ...place, value: null, equal: true } : { ...place, value: -10 * Math.log10(noise) };
}
