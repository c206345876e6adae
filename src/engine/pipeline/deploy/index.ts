import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DeployJob, JobProgress } from '../../../protocol/job.ts';
import type { DeployDocument } from '../../../protocol/results/board.ts';
import { Cancelled, LatheError, throwIfCancelled } from '../../base/errors.ts';
import { scanModel } from '../../onnx/scan.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { fillDefaults } from '../../recipe/defaults.ts';
import { findRunner } from '../../targets/boards.ts';
import { deployEntry as entrySettings, type DeployEntry } from '../../targets/deploy-settings.ts';
import { checkedPlace } from '../../transport/ssh/place.ts';
import type { ToolDeps } from '../jobs.ts';
import { thisMachine } from '../../transport/here.ts';
import { runnerFor } from './ask-board.ts';
import { compiledChain, compileFor, verdictFor } from './compiled.ts';
import { recipeModel } from '../chain/recipe-model.ts';
import { deployEntry, plainFailure } from './entry.ts';
import { findRun, modelToCome, newestFinished, openFinished, type DeployedRun } from './final-model.ts';
import { keepDeployment } from './keep-deployment.ts';
import { picturesFor } from './pictures.ts';
import { plannedCommands, plannedHere } from './planned.ts';

type Entry = DeployEntry & { readonly target: string };

/**
 * Compiles the recipe's result for the boards of its `deploy:`, runs it there and measures it: a document for each entry. An entry without a host, and
 * every one with `dryRun`, is planned only. One that fails has its error in its document and keeps no other from being done. Throws
 * `deploy.entries`, `deploy.no-run` and Cancelled.
 */
export async function runDeploy(job: DeployJob, recipe: ResolvedRecipe, deps: ToolDeps): Promise<DeployDocument[]> {
  const entries = job.here ? entriesHere(recipe, job.entries) : chosenEntries(recipe, job.entries);
  const runShare = job.run === 'new' && !job.dryRun ? 0.5 : 0;
  const progress = onwards(deps.onProgress);
  const run = job.dryRun
    ? await runForPlan(recipe, job.run)
    : await findRun(recipe, job.run, { ...deps, onProgress: (one) => progress(one, 0, runShare) });
  const entryDeps = { ...deps, onProgress: (one: JobProgress) => progress(one, runShare, 1) };
  const documents: DeployDocument[] = [];
  for (const [index, entry] of entries.entries()) {
    throwIfCancelled(deps.context.signal);
    const document = emptyDocument(entry, run);
    documents.push(document);
    try {
      await planEntry(document, { recipe, run, entry, here: job.here ?? false }, entryDeps);
      const { host } = entry;
      if (job.dryRun || host === undefined || !isFinished(run)) continue;
      const position = { index, of: entries.length };
      document.steps = [];
      await deployEntry(
        { recipe, run, entry: { ...entry, host }, position, ...(job.here ? { here: true } : {}), ...(job.ask ? { ask: true } : {}) },
        document,
        entryDeps,
      );
      await keepDeployment(document);
    } catch (error) {
      if (!(error instanceof LatheError) || error instanceof Cancelled || deps.context.signal.aborted) throw error;
      document.error = plainFailure(error);
    }
  }
  return documents;
}

/** The progress of parts as that of the whole job: between `from` and `to`, and never back. */
function onwards(tell: (progress: JobProgress) => void): (part: JobProgress, from: number, to: number) => void {
  let furthest = 0;
  return (part, from, to) => {
    furthest = Math.max(furthest, from + (to - from) * part.fraction);
    tell({ ...part, fraction: furthest });
  };
}

type PlannedRun = Pick<DeployedRun, 'folder' | 'model'>;
const isFinished = (run: PlannedRun): run is DeployedRun => 'record' in run;

/** Throws `deploy.entries` where there are none, or not these. */
function chosenEntries({ deploy = [], name, file, target }: ResolvedRecipe, positions: readonly number[] | undefined): Entry[] {
  const place = file === undefined ? {} : { file };
  if (deploy.length === 0) {
    const hint = `Add for example: deploy: { target: ${target}, host: board.local, user: root }`;
    throw new LatheError('deploy.entries', `${name} names no board: it has no \`deploy\``, { ...place, hint });
  }
  const chosen = positions?.map((position) => deploy[position]) ?? [...deploy];
  const all = chosen.map((entry) => entry && { ...entry, target: entry.target ?? target });
  if (all.length && all.every((entry) => entry !== undefined)) return all;
  throw new LatheError('deploy.entries', `${name} has ${deploy.length} entries in \`deploy\`, counted from 0`, place);
}

/** Entries that this machine can stand in for. Throws `deploy.here` where those that are named are for other hardware. */
function entriesHere(recipe: ResolvedRecipe, positions: readonly number[] | undefined): Entry[] {
  const { deploy = [], target } = recipe;
  const declared = deploy.length ? chosenEntries(recipe, positions) : [];
  const fitting = declared.filter((entry) => isCpu(entry.target));
  if (positions && fitting.length < declared.length) {
    const other = declared.find((entry) => !isCpu(entry.target))!.target;
    throw new LatheError('deploy.here', `this machine is no ${other}`, {
      hint: 'Entries for cpu, cpu-x64-vnni and cpu-arm64 can be measured here.',
    });
  }
  const chosen = fitting.length
    ? fitting
    : [{ ...(fillDefaults(entrySettings, {}) as DeployEntry), target: isCpu(target) ? target : 'cpu' }];
  return chosen.map((entry) => ({ ...entry, host: thisMachine }));
}

const isCpu = (target: string): boolean => findRunner(target)?.onAnyComputer === true;

/** A plan needs no finished run: what would be made is then spoken of. */
async function runForPlan(recipe: ResolvedRecipe, run: string | undefined): Promise<PlannedRun | DeployedRun> {
  const folder = run === 'new' ? undefined : (run ?? (await newestFinished(recipe)));
  if (folder !== undefined) return openFinished(folder);
  const model = modelToCome(recipe);
  return { folder: path.dirname(path.dirname(model)), model };
}

const emptyDocument = ({ target, host }: Entry, { folder, model }: PlannedRun): DeployDocument => ({
  target,
  host: host ?? null,
  run: folder,
  model: {
    path: model,
    bytes: existsSync(model) ? statSync(model).size : 0,
    macs: null,
    acceleratorMacs: null,
  },
  steps: [],
  plan: [],
  findings: [],
  warnings: [],
});

/** What would be done, command by command. */
async function planEntry(
  document: DeployDocument,
  { recipe, run, entry, here }: { recipe: ResolvedRecipe; run: PlannedRun; entry: Entry; here: boolean },
  deps: ToolDeps,
): Promise<void> {
  const runner = runnerFor(entry.target);
  const place = entry.host === undefined || here ? undefined : checkedPlace(entry);
  const there = existsSync(run.model) ? run.model : await modelBefore(recipe, deps);
  const compiled = await compileFor(run.model, run.folder, { entry, recipe, dryRun: true }, deps);
  const pictures = there === undefined ? undefined : await picturesFor(await scanModel(there), recipe, entry.pictures, deps.context);
  const inputs = Array.from({ length: pictures?.count ?? 0 }, (_, i) => path.join(run.folder, `picture-${i}.npy`));
  const model = compiled?.output.path ?? run.model;
  const chain = compiledChain(compiled, runner);
  const plan = runner.plan({ model, inputs, entry, ...(chain ? { chain } : {}) });
  const commands = here ? plannedHere(plan) : plannedCommands(entry, place, path.basename(model), plan);
  document.plan = [...(compiled?.plan ?? []), ...commands];
  document.steps = document.plan.map(({ title }) => ({ title, state: 'planned' }));
  if (recipe.chain && there !== undefined) {
    const check = await verdictFor(there, entry, deps, (text) => void document.warnings.push(text));
    if (check?.chain) document.chain = { plan: check.chain };
  }
  for (const { what, advice } of compiled?.missing ?? []) document.warnings.push(`this machine lacks ${what}: ${advice}`);
}

/** What a recipe begins with: its model, or those of its chain as one; several that stand alone are nothing to plan with. */
const modelBefore = async (recipe: ResolvedRecipe, { context }: ToolDeps): Promise<string | undefined> =>
  recipe.chain ? recipeModel(recipe, 'a plan', context) : recipe.model;
