import path from 'node:path';
import type { SearchJob } from '../../protocol/job.ts';
import type { SearchSummary } from '../../protocol/results/search.ts';
import { LatheError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import type { QuantizeSettings } from '../quantize/step.ts';
import type { QuantizeRequest } from '../quantize/types.ts';
import { groupLayers } from '../search/group-layers.ts';
import { findSearchMethod, searchMethods } from '../search/methods/index.ts';
import type { SearchMethod } from '../search/problem.ts';
import { searchWidths, type Found } from '../search/search.ts';
import { Variants } from '../search/variants.ts';
import { searchedWidths } from '../search/widths.ts';
import { withLayers } from '../recipe/set-layers.ts';
import type { LayerOverride, ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import { writeResolvedRecipe } from '../recipe/write.ts';
import { findTarget } from '../targets/index.ts';
import { requireOneModel } from './chain/recipe-model.ts';
import { writeOutput } from './part-file.ts';
import { openRunData, type RunData } from './run-data.ts';
import { safeName } from './run-folder.ts';
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

/** What a search is asked to do, checked. Throws `search.*` and `recipe.*` before any work begins. */
interface Question {
  readonly step: ResolvedStep;
  readonly base: QuantizeRequest;
  readonly method: SearchMethod;
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
  const data = await openRunData(source.model, recipe, ['calibration', 'validation'], session.context);
  const { calibration, validation } = data;
  if (!calibration || !validation) throw noPictures(recipe);
  const found = await session.stage<Found>({
    name: searchStage,
    parts: {
      model: source.file.sha256,
      step: question.step,
      target: recipe.target,
      task: recipe.task,
      seed: recipe.seed,
      asked: { budget: job.budget, method: job.method, widths: job.widths },
      data: [calibration.fingerprint, validation.fingerprint],
    },
    work: (context) => search(question, job, source, recipe, data, { ...deps, context }),
  });
  const entries = entriesOf(found, question);
  const file = job.output ?? session.folder.file(`${safeName(recipe.name)}.mixed.compress.yaml`);
  await writeOutput(file, recipeText(recipe, job, entries, found.summary, file));
  return { recipe: withWidths(recipe, question.step, found), file, summary: found.summary, validation };
}

function questionOf(recipe: ResolvedRecipe, job: SearchJob): Question {
  const [step] = recipe.steps;
  const target = findTarget(recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
  const refuse = (message: string, hint: string): LatheError => new LatheError('search.recipe', message, { file: recipe.file, hint });
  if (step?.step !== 'quantize') throw refuse('a search needs a recipe whose first step is quantize', 'Add steps: [quantize: {}].');
  const settings = step.settings as QuantizeSettings;
  if (settings.method !== 'static' || settings.activations === 'float')
    throw refuse('a search needs quantize with method: static and quantized activations', 'Set method: static and activations: 8.');
  const method = findSearchMethod(job.method);
  if (!method) {
    throw new LatheError('search.method', `there is no search method ${JSON.stringify(job.method)}`, {
      hint: `There are: ${searchMethods.map(({ name }) => name).join(', ')}.`,
    });
  }
  return { step, base: { settings, layers: step.layers, target }, method };
}

const noPictures = (recipe: ResolvedRecipe): LatheError =>
  new LatheError('search.no-pictures', 'a search needs calibration pictures, and some to measure on', {
    file: recipe.file,
    hint: 'Name a folder under data.calibration; a tenth of it is kept apart for measuring, unless there is data.validation.',
  });

async function search(
  { base, method }: Question,
  job: SearchJob,
  source: Source,
  recipe: ResolvedRecipe,
  data: RunData,
  { runtime, context }: RunDeps,
): Promise<Found> {
  const { decode, match } = validationPictures(recipe)?.source ?? {};
  const input = data.settings ? { input: data.settings } : {};
  const variants = new Variants(source.model, base, { runtime, context, dataset: data.calibration!, ...input });
  const judged = { model: source.model, dataset: data.validation!, task: recipe.task, decode, match };
  const widths = searchedWidths(job.widths, base.target);
  return searchWidths({ budget: job.budget, method, widths, base, judged }, { variants, runtime, context });
}

/** Entries of `layers` for the layers whose width is not the step's. */
function entriesOf(found: Found, { base }: Question): [string, LayerOverride][] {
  const different = new Map(found.widths.filter(([, width]) => width !== base.settings.weights));
  const all = found.summary.layers.map(({ name }) => name);
  return groupLayers(all, different).map(({ pattern, value }) => [pattern, { weights: value }]);
}

function recipeText(
  recipe: ResolvedRecipe,
  job: SearchJob,
  entries: [string, LayerOverride][],
  summary: SearchSummary,
  file: string,
): string {
  const { budget, found } = summary;
  const comment = `Found by lathe search: ${found.percent.toFixed(1)} % of the ${budget.kind === 'drop' ? 'bytes' : budget.kind} of 8 bits for every layer`;
  const written = 'text' in job.recipe ? job.recipe : { text: writeResolvedRecipe(recipe), file: undefined, overrides: {} };
  const from = written.file ? path.dirname(written.file) : recipe.folder;
  const request = { entries, comment, ...(written.overrides ? { overrides: written.overrides } : {}) };
  return withLayers(written.text, request, from, path.dirname(file), /\.json$/i.test(file));
}

function withWidths(recipe: ResolvedRecipe, step: ResolvedStep, { widths }: Found): ResolvedRecipe {
  const layers: Record<string, LayerOverride> = { ...step.layers };
  for (const [name, weights] of widths) if (weights !== step.settings['weights']) layers[name] = { ...layers[name], weights };
  return { ...recipe, steps: recipe.steps.map((one) => (one === step ? { ...step, layers } : one)) };
}
