import { writeResolvedRecipe } from '../recipe/write.ts';
import { renderReport } from '../report/html.ts';
import { nextRung } from '../report/next-rung.ts';
import type { ReportedData } from '../report/types.ts';
import type { DataUse, ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import type { SearchJob } from '../../protocol/job.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import { LatheError } from '../base/errors.ts';
import { writeFileAtomic } from './atomic.ts';
import { asRunFailure } from './failure.ts';
import { checkFormats, writeFormats } from './formats-stage.ts';
import { comparedPictures, compareLayers } from './compare-stage.ts';
import { writeFindings } from './findings.ts';
import { writeParts } from './parts-stage.ts';
import { stagesOf } from './plan.ts';
import { timeModels } from './latency-stage.ts';
import { measureAfter, measureBefore, measureRivals } from './measure.ts';
import type { RunData } from './run-data.ts';
import { reportData } from './report-run.ts';
import { runDocument } from './run-document.ts';
import { decide, searchStage } from './search-run.ts';
import { RunSession, type RunChoice, type RunDeps } from './session.ts';
import { recipeHash, runnerFor, runSteps, writeCopy, type Gathered, type StepChain } from './step-chain.ts';
import { openTracks } from './tracks.ts';
import { validationPictures } from './validation.ts';

export interface RunOptions {
  readonly choice?: RunChoice;
  /** Only this step, by name or position. */
  readonly only?: string;
  /** What the parts of a sharded job gathered for the first step. */
  readonly gathered?: Gathered;
  /** Finds widths for the recipe's layers first, and runs the recipe with them. */
  readonly search?: SearchJob;
}

/**
 * Runs a resolved recipe in a run folder: steps in order, figures before and after, table of layers, report. What an earlier
 * process finished is taken from the folder. Equal recipes, models, data and seeds give equal bytes of models, `layers.json`,
 * `metrics.json` and `overlay.json`. Throws LatheError; what was finished stays in the folder for the next process.
 */
export async function runRecipe(recipe: ResolvedRecipe, deps: RunDeps, options: RunOptions = {}): Promise<RunDocument> {
  const steps = chosenSteps(recipe, options.only);
  if (options.only === undefined) checkFormats(recipe);
  const session = await RunSession.open(recipe, deps, options.choice ?? 'new', options);
  try {
    return await execute(session, recipe, steps, deps, options);
  } catch (thrown) {
    const error = asRunFailure(thrown, session.folder.path);
    await session.fail(error);
    throw error;
  }
}

async function execute(
  session: RunSession,
  declared: ResolvedRecipe,
  planned: ResolvedStep[],
  deps: RunDeps,
  { gathered, search, only }: RunOptions,
): Promise<RunDocument> {
  const tracks = await openTracks(session, declared, planned, usesOf(planned));
  const { source, data } = tracks.main;
  const pictures = planned.length ? await comparedPictures(source, data, session.context) : 0;
  session.plan([...(search ? [{ name: searchStage, weight: searchWeight(data) }] : []), ...stagesOf(planned, tracks, pictures)]);
  const decision = search && (await decide(session, source, declared, search, deps));
  const recipe = decision?.recipe ?? declared;
  if (decision) await writeFileAtomic(session.folder.recipe, writeResolvedRecipe(recipe));
  const parts = { session, recipe, steps: chosenSteps(recipe, only), tracks, source, data, runtime: deps.runtime };
  const hash = recipeHash(parts);
  if (gathered && gathered.belongsTo !== hash) throw changedSince(recipe);
  const chain: StepChain = { ...parts, recipeHash: hash, ...(gathered ? { gathered } : {}) };
  noteInputs(chain, decision?.validation);

  // First, so that test data that can't be used is said before the long work.
  const before = await measureBefore(chain);
  const all = await runSteps(chain);
  for (const { name, file } of all) session.record.hashes[`models/${name}`] = file.sha256;
  const finished = all.filter(({ on }) => on === tracks.main.alias);
  await writeCopy(chain, finished);
  if (only === undefined) await writeFormats(chain, finished);
  await writeParts(chain, finished);
  const metrics = before && (await measureAfter(chain, finished, before));
  const ways = metrics && (await measureRivals(chain, finished, metrics));
  const latency = await timeModels(chain, finished);
  const compared = await compareLayers(chain, finished, pictures);
  const layers = await writeFindings({ chain, finished, metrics, compared });
  const { folder } = session;
  const document = await runDocument({ chain, all, finished, metrics, latency, ways });
  const next = metrics?.gate && !metrics.gate.met ? nextRung(layers.layers, recipe.steps) : undefined;
  const found = decision ? { recipe: decision.file, search: decision.summary } : {};
  return session.finish(
    (peakRssBytes) => ({ ...document(peakRssBytes), ...found, ...(next ? { next } : {}) }),
    (record) =>
      writeFileAtomic(
        folder.report,
        renderReport(reportData(folder, record, writeResolvedRecipe(recipe), layers, session.trainings.curves, session.prunings.histories)),
      ),
  );
}

/** Steps that choose get pictures for it. */
function usesOf(steps: readonly ResolvedStep[]): DataUse[] {
  const some = (what: 'learns' | 'chooses'): boolean => steps.some(({ step }) => runnerFor(step)[what]);
  return [...(some('learns') ? ['train' as const] : []), 'calibration', ...(some('chooses') ? ['validation' as const] : []), 'test'];
}

/** A search is some dozens of runs over its pictures. */
const searchWeight = ({ calibration }: RunData): number => 20 * (calibration?.samples.length ?? 1);

/** What went in, for the record. `validation`: what a search looked at. */
function noteInputs({ session: { record }, recipe, tracks, data: opened }: StepChain, validation = opened.validation): void {
  const data = { ...opened, validation };
  for (const { source } of tracks.all) record.hashes[source.path] = source.file.sha256;
  record.data = (['train', 'calibration', 'validation', 'test'] as const).flatMap((use): ReportedData[] => {
    const [dataset, declared] = [data[use], use === 'validation' ? validationPictures(recipe)?.source : recipe.data[use]];
    if (!dataset || !declared) return [];
    const labels = declared.labels ?? (declared.pairs ? 'pairs' : undefined);
    return [{ use, path: declared.path, samples: dataset.samples.length, ...(labels ? { labels } : {}), fingerprint: dataset.fingerprint }];
  });
  if (data.settings) record.input = data.settings;
}

/** The recipe's steps, or the one asked for. Throws `recipe.only` when it has no such step. */
function chosenSteps(recipe: ResolvedRecipe, only: string | undefined): ResolvedStep[] {
  if (only === undefined) return [...recipe.steps];
  const chosen = recipe.steps.filter(({ step, index }) => step === only || String(index) === only);
  if (chosen.length) return chosen;
  const names = recipe.steps.map(({ step, index }) => `${index} (${step})`).join(', ') || 'none';
  throw new LatheError('recipe.only', `the recipe has no step ${JSON.stringify(only)}`, { file: recipe.file, hint: `It has: ${names}.` });
}

const changedSince = (recipe: ResolvedRecipe): LatheError =>
  new LatheError('shard.changed', 'the model or the pictures are not what they were when the parts were made', {
    file: recipe.model,
    hint: 'Make the parts again.',
  });
