import { createHash } from 'node:crypto';
import path from 'node:path';
import { scopedCheckpoints, type Checkpoints } from '../base/checkpoint.ts';
import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import { writeInputMetadata } from '../data/input-settings.ts';
import { readModel, writeModel } from '../onnx/file.ts';
import { modelFiles } from '../recipe/model-paths.ts';
import { findStep } from '../recipe/steps.ts';
import type { ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { hashModel, type HashedFile } from './hash.ts';
import { nameMap, writeProvenance } from './metadata.ts';
import type { RunData } from './run-data.ts';
import { safeName } from './run-folder.ts';
import { makeFolder } from './atomic.ts';
import type { RunSession } from './session.ts';
import type { Source } from './source.ts';
import { stageName } from './stage-name.ts';
import { stepRunners } from './steps/index.ts';
import type { Ancestor, ModelPiece, StepReport, StepRequest, StepRunner } from './steps/step.ts';
import { chainName, trackOf, type Tracks } from './tracks.ts';

/** What a step left in the run folder. Plain data. */
export interface FinishedStep {
  readonly step: string;
  /** Alias of the model that it worked on; absent in a recipe of one model. */
  readonly on?: string;
  /** Its file in `models/`. */
  readonly name: string;
  readonly file: HashedFile;
  readonly report: StepReport;
  /** What the result is compared with, in `models/` as well. */
  readonly rivals?: readonly FinishedRival[];
}

export interface FinishedRival {
  readonly title: string;
  readonly name: string;
  readonly file: HashedFile;
  readonly bits: StepReport['bits'];
}

export interface StepChain {
  readonly session: RunSession;
  readonly recipe: ResolvedRecipe;
  /** Those of the recipe that are to run. */
  readonly steps: readonly ResolvedStep[];
  /** All models of the recipe. */
  readonly tracks: Tracks;
  /** Of the model whose figures the run gives. */
  readonly source: Source;
  readonly data: RunData;
  readonly runtime: Runtime;
  readonly recipeHash: string;
  readonly gathered?: Gathered;
}

/** What the first step would gather from its pictures, where a sharded job has done that. */
export interface Gathered {
  /** `recipeHash` of the job. */
  readonly belongsTo: string;
  /** Puts it where the step finds it. */
  keep(checkpoints: Checkpoints): Promise<void>;
}

/** The runner of a step. Throws `recipe.step` for one that this version can't run. */
export function runnerFor(step: string): StepRunner {
  const runner = stepRunners.find((candidate) => candidate.name === step);
  if (runner) return runner;
  throw new LatheError('recipe.step', `this version of Lathe cannot run the step ${JSON.stringify(step)}`);
}

/** sha256 of all that decides a run's models: contents, not places. */
export function recipeHash({ recipe, steps, tracks, data }: Pick<StepChain, 'recipe' | 'steps' | 'tracks' | 'data'>): string {
  const hashes = tracks.all.map(({ alias, source }) => [alias ?? '', source.file.sha256]);
  const content = {
    ...(recipe.models ? { models: Object.fromEntries(hashes) } : { model: tracks.main.source.file.sha256 }),
    target: recipe.target,
    seed: recipe.seed,
    steps: steps.map(({ step, on, settings, layers }) => ({ step, on, settings, layers })),
    data: {
      train: data.train?.fingerprint,
      calibration: data.calibration?.fingerprint,
      validation: data.validation?.fingerprint,
      input: data.settings,
    },
  };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** Runs the steps in order, each on what the one before produced, and writes a model after each. Finished ones are not run again. */
export async function runSteps(chain: StepChain): Promise<FinishedStep[]> {
  const finished: FinishedStep[] = [];
  for (const step of chain.steps) {
    const { source } = trackOf(chain.tracks, step);
    const before = finished.filter(({ on }) => on === step.on);
    const name = modelName(chain, step, finished);
    const newest = newestFiles(chain, finished);
    const done = await chain.session.stage<FinishedStep>({
      name: stageName(step),
      parts: {
        recipe: chain.recipeHash,
        step,
        name,
        input: before.at(-1)?.file.sha256 ?? source.file.sha256,
        ...othersOf(chain, newest),
        ...(await filesOf(chain, step)),
      },
      work: (context, key) => runStep(chain, { step, before, name, newest }, context, key),
      isIntact: async (kept) => {
        const files = await Promise.all(
          [kept, ...(kept.rivals ?? [])].map(async ({ name: own, file }) => (await intactHash(fileOf(chain, own))) === file.sha256),
        );
        return !files.includes(false);
      },
    });
    if (done.report.training) await chain.session.trainings.finish(done.report.training);
    if (done.report.rounds) await chain.session.prunings.take(stageName(step), done.report.rounds);
    finished.push(done);
  }
  return finished;
}

/** The newest file of each of several models, by alias. */
type NewestFiles = ReadonlyMap<string, { readonly path: string; readonly sha256: string }>;

function newestFiles(chain: StepChain, finished: readonly FinishedStep[]): NewestFiles {
  const files = new Map<string, { path: string; sha256: string }>();
  for (const { alias, source } of chain.tracks.all)
    if (alias !== undefined) files.set(alias, { path: source.path, sha256: source.file.sha256 });
  for (const { on, name, file } of finished) if (on !== undefined) files.set(on, { path: fileOf(chain, name), sha256: file.sha256 });
  return files;
}

/** A step may look at other models of the recipe: its result follows from them too. */
const othersOf = ({ recipe }: StepChain, newest: NewestFiles): { models?: unknown } =>
  recipe.models ? { models: Object.fromEntries([...newest].map(([alias, { sha256 }]) => [alias, sha256])) } : {};

/** Its result follows from what is in the files that it names as well: teachers. */
async function filesOf({ recipe }: StepChain, { step, settings }: ResolvedStep): Promise<{ files?: unknown }> {
  const files = modelFiles(findStep(step), settings, Object.keys(recipe.models ?? {}));
  const hashes = await Promise.all(files.map(async ([key, file]) => [key, await intactHash(file)] as const));
  return hashes.length ? { files: Object.fromEntries(hashes) } : {};
}

interface PlannedStep {
  readonly step: ResolvedStep;
  /** Earlier steps on the same model. */
  readonly before: readonly FinishedStep[];
  /** Of the file that it makes. */
  readonly name: string;
  readonly newest: NewestFiles;
}

async function runStep(chain: StepChain, planned: PlannedStep, context: Context, key: string): Promise<FinishedStep> {
  const { step, before, name, newest } = planned;
  const { session, recipe, runtime, tracks } = chain;
  const { source, data } = trackOf(tracks, step);
  const last = before.at(-1);
  const input = await readModel(last ? fileOf(chain, last.name) : source.path);
  const checkpoints = scopedCheckpoints(session.checkpoints, key);
  if (step === chain.steps[0]) await chain.gathered?.keep(checkpoints);
  const piece = <T>(part: string, parts: unknown, work: () => Promise<T>): Promise<T> =>
    session.piece(`${stageName(step)}: ${part}`, { key, parts }, work);
  const modelPiece: StepRequest['modelPiece'] = (part, parts, work) =>
    keptModel(chain, { name: `${stageName(step)}: ${part}`, parts: { key, parts } }, work);
  const ancestors = ancestorsOf(chain, step, source, before);
  const models = new Map([...newest].map(([alias, { path: file }]) => [alias, { load: () => readModel(file) }]));
  const { watch } = session.trainings;
  const request: StepRequest = {
    model: input,
    step,
    recipe,
    data,
    runtime,
    context,
    checkpoints,
    piece,
    modelPiece,
    ancestors,
    models,
    watch,
    watchRounds: (rounds) => void session.prunings.take(stageName(step), rounds),
  };
  const { model, report, rivals } = await runnerFor(step.step).run(request);
  writeProvenance(model, {
    recipeHash: chain.recipeHash,
    schemes: [...before.map((earlier) => earlier.report.scheme), report.scheme],
    names: nameMap(source.layers, model),
  });
  if (data.settings) writeInputMetadata(model, data.settings);
  const file = fileOf(chain, name);
  await writeModel(model, file);
  const on = step.on === undefined ? {} : { on: step.on };
  const compared: FinishedRival[] = [];
  for (const [i, { title, model: other, bits }] of (rivals ?? []).entries()) {
    const own = name.replace(/(\.onnx)?$/, `_rival${i + 1}.onnx`);
    await writeModel(other, fileOf(chain, own));
    compared.push({ title, name: own, file: await hashModel(fileOf(chain, own)), bits });
  }
  return { step: step.step, ...on, name, file: await hashModel(file), report, ...(rivals ? { rivals: compared } : {}) };
}

/** A piece whose model lies in the run folder's cache. It is read from there also where it was made just now: both ways go on from the same bytes. */
async function keptModel<T>(
  { session }: StepChain,
  { name, parts }: { readonly name: string; readonly parts: unknown },
  work: () => Promise<ModelPiece<T>>,
): Promise<ModelPiece<T>> {
  const id = createHash('sha256').update(canonicalJson({ name, parts })).digest('hex');
  const file = path.join(session.folder.cache, `${id}.onnx`);
  const make = async (): Promise<{ sha256: string; value: T }> => {
    const { model, value } = await work();
    await writeModel(model, file);
    return { sha256: (await hashModel(file)).sha256, value };
  };
  const isIntact = async ({ sha256 }: { sha256: string }): Promise<boolean> => (await intactHash(file)) === sha256;
  const { value } = await session.piece(name, parts, make, isIntact);
  return { model: await readModel(file), value };
}

function ancestorsOf(chain: StepChain, { on }: ResolvedStep, { path: start }: Source, before: readonly FinishedStep[]): Ancestor[] {
  const steps = chain.steps.filter((step) => step.on === on);
  const done = before.map(({ name }, i): Ancestor => ({ step: steps[i]!, load: () => readModel(fileOf(chain, name)) }));
  return [{ load: () => readModel(start) }, ...done];
}

/** One more copy of the final model, where the recipe asks for it. */
export async function writeCopy(chain: StepChain, finished: readonly FinishedStep[]): Promise<void> {
  const last = finished.at(-1);
  const { file } = chain.recipe.output;
  if (!last || file === undefined) return;
  await makeFolder(path.dirname(file));
  await writeModel(await readModel(fileOf(chain, last.name)), file);
}

const fileOf = (chain: StepChain, name: string): string => path.join(chain.session.folder.models, name);

/** undefined when the file is gone or can't be read: then the step runs again. */
async function intactHash(file: string): Promise<string | undefined> {
  try {
    return (await hashModel(file)).sha256;
  } catch (error) {
    if (error instanceof LatheError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** `output.name` with `{model}` and `{step}` filled in; a number behind it where two steps would get the same. */
function modelName({ recipe }: StepChain, step: ResolvedStep, before: readonly FinishedStep[]): string {
  const model = step.on ?? (recipe.chain ? chainName : path.basename(recipe.model ?? '').replace(/\.onnx$/i, ''));
  const base = safeName(recipe.output.name.replaceAll('{model}', model).replaceAll('{step}', step.step));
  // New models lie in the same folder.
  const taken = new Set([...Object.keys(recipe.models ?? {}).map((alias) => `${alias}.onnx`), ...before.map((earlier) => earlier.name)]);
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${base}.onnx` : `${base}_${number}.onnx`;
    if (!taken.has(name)) return name;
  }
}
