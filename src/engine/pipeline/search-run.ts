import path from 'node:path';
import type { SearchJob } from '../../protocol/job.ts';
import type { SearchSummary } from '../../protocol/results/search.ts';
import { LatheError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { groupLayers } from '../search/group-layers.ts';
import { searchWidths, type Found } from '../search/search.ts';
import { Variants } from '../search/variants.ts';
import { searchedWidths } from '../search/widths.ts';
import { withLayers } from '../recipe/set-layers.ts';
import type { DataUse, LayerOverride, ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import { writeResolvedRecipe } from '../recipe/write.ts';
import { requireOneModel } from './chain/recipe-model.ts';
import { shareBudget } from './joint/budget/share-budget.ts';
import { writeOutput } from './part-file.ts';
import { openRunData, type RunData } from './run-data.ts';
import { safeName } from './run-folder.ts';
import { isQuantized } from './pruning/findings.ts';
import { questionOf, type Question } from './search-question.ts';
import type { RunDeps, RunSession } from './session.ts';
import type { Source } from './source.ts';
import { validationPictures } from './validation.ts';

export const searchStage = 'search';

/** The recipe with the widths that were found, and where it was written. */
export interface Decision {
  readonly recipe: ResolvedRecipe;
  readonly file: string;
  readonly summary: SearchSummary;
  readonly validation: Dataset;
}

/** Runs a search in a run folder and writes the recipe that it found. Throws `search.*`, and what measuring throws. */
export async function decide(
  session: RunSession,
  source: Source,
  recipe: ResolvedRecipe,
  job: SearchJob,
  deps: RunDeps,
): Promise<Decision> {
  requireOneModel(recipe, 'a search');
  const question = questionOf(recipe, job);
  const uses: DataUse[] = [...(question.prune && recipe.data.train ? (['train'] as const) : []), 'calibration', 'validation'];
  const data = await openRunData(source.model, recipe, uses, session.context);
  const { calibration, validation } = data;
  if (!calibration || !validation) throw noPictures(recipe);
  const found = await session.stage<Found>({
    name: searchStage,
    parts: {
      model: source.file.sha256,
      steps: [question.prune, question.quantize],
      target: recipe.target,
      task: recipe.task,
      seed: recipe.seed,
      asked: { budget: job.budget, method: job.method, widths: job.widths, ratios: job.ratios },
      data: [data.train?.fingerprint, calibration.fingerprint, validation.fingerprint],
    },
    work: (context) => search(question, job, source, recipe, data, { ...deps, context }),
  });
  const file = job.output ?? session.folder.file(`${safeName(recipe.name)}.mixed.compress.yaml`);
  await writeOutput(file, recipeText(recipe, job, question, found, file));
  return { recipe: withFound(recipe, question, found), file, summary: found.summary, validation };
}

const noPictures = (recipe: ResolvedRecipe): LatheError =>
  new LatheError('search.no-pictures', 'a search needs calibration pictures, and some to measure on', {
    file: recipe.file,
    hint: 'Name a folder under data.calibration; a tenth of it is kept apart for measuring, unless there is data.validation.',
  });

async function search(
  { base, prune, method }: Question,
  job: SearchJob,
  { model }: Source,
  recipe: ResolvedRecipe,
  data: RunData,
  { runtime, context }: RunDeps,
): Promise<Found> {
  const { decode, match } = validationPictures(recipe)?.source ?? {};
  const judged = { model, dataset: data.validation!, task: recipe.task, decode, match };
  const { budget, widths, ratios } = job;
  if (prune && isQuantized(model)) throw integersStay(model.path);
  if (recipe.chain || prune) return shareBudget({ budget, widths, ratios, model, base, prune, judged, recipe, data, runtime, context });
  const input = data.settings ? { input: data.settings } : {};
  const variants = new Variants(model, base!, { runtime, context, dataset: data.calibration!, ...input });
  return searchWidths(
    { budget, method, widths: searchedWidths(widths, base!.target), base: base!, judged },
    { variants, runtime, context },
  );
}

const integersStay = (file: string | undefined): LatheError =>
  new LatheError('prune.quantized', 'a budget is shared out over a float model, and this one is quantized', {
    ...(file === undefined ? {} : { file }),
    hint: 'Give the float model; what is left is quantized by the widths that are found.',
  });

/** Entries of `layers` for the layers whose width is not the step's, and for those that lose channels. */
function entriesOf(found: Found, { quantize }: Question): [string, LayerOverride][] {
  const all = found.summary.layers.map(({ name }) => name);
  const different = new Map(found.widths.filter(([, width]) => width !== quantize?.settings['weights']));
  return [
    ...groupLayers(all, different).map(({ pattern, value }): [string, LayerOverride] => [pattern, { weights: value }]),
    ...groupLayers(all, new Map(found.channels)).map(({ pattern, value }): [string, LayerOverride] => [pattern, { channels: value }]),
  ];
}

function recipeText(recipe: ResolvedRecipe, job: SearchJob, question: Question, found: Found, file: string): string {
  const { budget, found: point } = found.summary;
  const comment = `Found by lathe search: ${point.percent.toFixed(1)} % of the ${spentNames[budget.kind]} of 8 bits for every layer`;
  const written = 'text' in job.recipe ? job.recipe : { text: writeResolvedRecipe(recipe), file: undefined, overrides: {} };
  const from = written.file ? path.dirname(written.file) : recipe.folder;
  const { prune } = question;
  const request = {
    entries: entriesOf(found, question),
    comment,
    ...(written.overrides ? { overrides: written.overrides } : {}),
    ...(prune
      ? { settings: Object.entries(onlyLayers).map(([key, value]) => [['steps', prune.index, prune.step, key], value] as const) }
      : {}),
  };
  return withLayers(written.text, request, from, path.dirname(file), /\.json$/i.test(file));
}

const spentNames: Readonly<Record<string, string>> = {
  bytes: 'bytes',
  drop: 'bytes',
  macs: 'multiply-adds',
  'bit-operations': 'bit operations',
  latency: 'latency',
};

/** Goals of `prune` once each layer's channels are said: nothing beside them. */
const onlyLayers = { channels: 0, parameters: undefined, macs: undefined, latency: undefined, drop: undefined };

function withFound(recipe: ResolvedRecipe, { prune, quantize }: Question, { widths, channels = [] }: Found): ResolvedRecipe {
  const changed = new Map<ResolvedStep, ResolvedStep>();
  if (quantize) {
    const different = widths.filter(([, weights]) => weights !== quantize.settings['weights']);
    changed.set(quantize, withLayerValues(quantize, 'weights', different));
  }
  if (prune) {
    const settings = Object.fromEntries(Object.entries({ ...prune.settings, ...onlyLayers }).filter(([, value]) => value !== undefined));
    changed.set(prune, { ...withLayerValues(prune, 'channels', channels), settings });
  }
  return { ...recipe, steps: recipe.steps.map((step) => changed.get(step) ?? step) };
}

function withLayerValues(step: ResolvedStep, key: string, values: readonly (readonly [layer: string, value: unknown])[]): ResolvedStep {
  const layers: Record<string, LayerOverride> = { ...step.layers };
  for (const [name, value] of values) layers[name] = { ...layers[name], [key]: value };
  return { ...step, layers };
}
