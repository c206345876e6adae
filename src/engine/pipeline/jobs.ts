import type { CompileJob } from '../../protocol/board-jobs.ts';
import type { Job, JobProgress, JobResult, JobResults, PartialResult, RunJob, SearchJob } from '../../protocol/job.ts';
import type { Processes } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import type { FileDocument } from '../../protocol/results/file.ts';
import type { RunDocument, SearchDocument } from '../../protocol/results/run.ts';
import { writeNewModel } from '../architectures/write.ts';
import { LatheError } from '../base/errors.ts';
import { previewPictures } from '../data/preview.ts';
import { inspectModel } from '../ops/inspect.ts';
import { prepareRecipe, requireResolved } from '../recipe/prepare.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { createOrtRuntime } from '../runtime/ort-node.ts';
import { runAnalysis } from './analyze-job.ts';
import { runExport } from './export/index.ts';
import { runCompose } from './chain/compose-job.ts';
import { runCheck } from './check/index.ts';
import { runCompile } from './compile/index.ts';
import { runBoard } from './deploy/board.ts';
import { runDeploy } from './deploy/index.ts';
import { newestRun, openFinished } from './deploy/final-model.ts';
import { runImport } from './import/index.ts';
import { runChannels } from './channels-job.ts';
import { runProfile, runWeights } from './figure-jobs.ts';
import { runPruningPreview } from './pruning-preview-job.ts';
import { runPruningSensitivity } from './pruning-sensitivity-job.ts';
import { systemProcesses } from '../transport/processes.ts';
import { runRecipe } from './run.ts';
import { openRunFolder } from './run-folder.ts';
import { runCalibrationShard } from './calibration-shard.ts';
import { runComparison, runEvaluation, runMerge } from './measuring-jobs.ts';
import { runReport } from './report-run.ts';
import { ProgressTracker } from './progress.ts';
import type { RunChoice, RunDeps } from './session.ts';

export interface JobDeps {
  readonly context: Context;
  readonly onProgress: (progress: JobProgress) => void;
  readonly onRunFolder: (folder: string) => void;
  /** Told what is known before the job has ended. */
  readonly onPartial?: (partial: PartialResult) => void;
  /** Other programs; the system's by default. */
  readonly processes?: Processes;
}

/** What the jobs that start other programs get. */
export interface ToolDeps extends JobDeps {
  readonly processes: Processes;
}

type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>;
type JobTable = { readonly [Kind in Job['kind']]: (job: JobOf<Kind>, deps: ToolDeps) => Promise<JobResults[Kind]> };

/** Every job that a worker process runs. A new one is one descriptor in protocol/job.ts and one line here. */
const jobs: JobTable = {
  run: runJobOf,
  search: searchJobOf,
  analyze: async (job, deps) => runAnalysis(job, (await recipeOf(job)).recipe, deps),
  channels: async (job, deps) => runChannels(job, (await recipeOf(job)).recipe, deps),
  weights: runWeights,
  profile: async (job, deps) => runProfile(job, await outsideRun(deps)),
  'pruning-preview': runPruningPreview,
  'pruning-sensitivity': async (job, deps) => runPruningSensitivity(job, (await recipeOf(job)).recipe, deps),
  evaluate: async (job, deps) => runEvaluation(job, await outsideRun(deps)),
  compare: async (job, deps) => runComparison(job, await outsideRun(deps)),
  report: runReport,
  merge: async (job, deps) => runMerge(job, await outsideRun(deps)),
  export: runExport,
  check: runCheck,
  compile: async (job, deps) => runCompile({ ...job, model: await fileToCompile(job) }, deps),
  deploy: async (job, deps) => runDeploy(job, (await recipeOf(job)).recipe, deps),
  board: runBoard,
  import: runImport,
  compose: async (job, deps) => runCompose(job, (await recipeOf(job)).recipe, deps),
  new: ({ settings, output }, { context }) => writeNewModel(settings, output, context.signal),
  inspect: ({ model, ...what }) => inspectModel({ path: model, ...what }),
  preview: (job, { context }) => previewPictures(job, context.signal),
};

/** Runs a job in this process. Throws LatheError. */
export async function runJob<J extends Job>(job: J, deps: JobDeps): Promise<JobResult<J>> {
  const work = jobs[job.kind] as unknown as ((job: J, deps: ToolDeps) => Promise<JobResult<J>>) | undefined;
  if (!work) throw new LatheError('job.kind', `there is no job ${JSON.stringify(job.kind)}`);
  return work(job, { ...deps, processes: deps.processes ?? systemProcesses() });
}

async function runJobOf(job: RunJob, deps: JobDeps): Promise<RunDocument | FileDocument> {
  const { recipe, choice, search } = await recipeOf(job);
  if (job.shard) return runCalibrationShard(recipe, job.shard, await outsideRun(deps));
  return runRecipe(
    recipe,
    { ...deps, runtime: await createOrtRuntime(), ...partialsOf(deps) },
    { choice, ...(job.only === undefined ? {} : { only: job.only }), ...(search ? { search } : {}) },
  );
}

async function searchJobOf(job: SearchJob, deps: JobDeps): Promise<SearchDocument> {
  const { recipe, choice } = await recipeOf(job);
  const runDeps = {
    ...deps,
    runtime: await createOrtRuntime(),
    ...partialsOf(deps),
  } satisfies RunDeps;
  return (await runRecipe(recipe, runDeps, { choice, search: job })) as SearchDocument;
}

/** What a run tells on its way. */
const partialsOf = ({ onPartial }: JobDeps): Pick<RunDeps, 'onTraining' | 'onRounds'> => ({
  onTraining: (training) => onPartial?.({ training }),
  onRounds: (pruning) => onPartial?.({ pruning }),
});

/** For jobs of one stage: what they report is the job's progress. */
async function outsideRun(deps: JobDeps): Promise<RunDeps> {
  const stage = 'job';
  const tracker = new ProgressTracker([{ name: stage, weight: 1 }], deps.context.clock, deps.onProgress);
  return { ...deps, runtime: await createOrtRuntime(), context: { ...deps.context, progress: tracker.begin(stage) } };
}

/** A compiler takes what a recipe has made. */
async function fileToCompile({ model, recipe }: CompileJob): Promise<string> {
  if (!recipe) return model;
  return (await ('run' in recipe ? openFinished(recipe.run) : newestRun((await recipeOf({ recipe })).recipe))).model;
}

/** `search`: what an interrupted run began with. */
async function recipeOf({
  recipe,
  resume,
}: Pick<RunJob, 'recipe' | 'resume'>): Promise<{ recipe: ResolvedRecipe; choice: RunChoice; search?: SearchJob }> {
  if ('run' in recipe) {
    const { record } = await openRunFolder(recipe.run);
    return { recipe: record.recipe, choice: { folder: recipe.run }, ...(record.search ? { search: record.search } : {}) };
  }
  const choice = resume ? 'newest' : 'new';
  if ('resolved' in recipe) return { recipe: recipe.resolved, choice };
  const { text, file, runs, overrides } = recipe;
  const prepared = await prepareRecipe({ text, file, ...(overrides ? { overrides } : {}) }, { runs, for: 'run' });
  return { recipe: requireResolved(prepared), choice };
}
