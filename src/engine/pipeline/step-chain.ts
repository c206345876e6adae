import { createHash } from 'node:crypto';
import path from 'node:path';
import { scopedCheckpoints, type Checkpoints } from '../base/checkpoint.ts';
import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import { writeInputMetadata } from '../data/input-settings.ts';
import { readModel, writeModel } from '../onnx/file.ts';
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
import type { Ancestor, StepReport, StepRequest, StepRunner } from './steps/step.ts';

/** What a step left in the run folder. Plain data. */
export interface FinishedStep {
  readonly step: string;
  /** Its file in `models/`. */
  readonly name: string;
  readonly file: HashedFile;
  readonly report: StepReport;
}

export interface StepChain {
  readonly session: RunSession;
  readonly recipe: ResolvedRecipe;
  /** Those of the recipe that are to run. */
  readonly steps: readonly ResolvedStep[];
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
export function recipeHash({ recipe, steps, source, data }: Pick<StepChain, 'recipe' | 'steps' | 'source' | 'data'>): string {
  const content = {
    model: source.file.sha256,
    target: recipe.target,
    seed: recipe.seed,
    steps: steps.map(({ step, settings, layers }) => ({ step, settings, layers })),
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
    const before = [...finished];
    const name = modelName(chain, step, before);
    const done = await chain.session.stage<FinishedStep>({
      name: stageName(step),
      parts: { recipe: chain.recipeHash, step, name, input: before.at(-1)?.file.sha256 ?? chain.source.file.sha256 },
      work: (context, key) => runStep(chain, step, before, name, context, key),
      isIntact: async (kept) => (await intactHash(fileOf(chain, kept.name))) === kept.file.sha256,
    });
    if (done.report.training) await chain.session.trainings.finish(done.report.training);
    finished.push(done);
  }
  return finished;
}

async function runStep(
  chain: StepChain,
  step: ResolvedStep,
  before: readonly FinishedStep[],
  name: string,
  context: Context,
  key: string,
): Promise<FinishedStep> {
  const { session, recipe, data, runtime, source } = chain;
  const last = before.at(-1);
  const input = await readModel(last ? fileOf(chain, last.name) : source.path);
  const checkpoints = scopedCheckpoints(session.checkpoints, key);
  if (!last) await chain.gathered?.keep(checkpoints);
  const piece = <T>(part: string, parts: unknown, work: () => Promise<T>): Promise<T> =>
    session.piece(`${stageName(step)}: ${part}`, { key, parts }, work);
  const ancestors = ancestorsOf(chain, before);
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
    ancestors,
    watch,
  };
  const { model, report } = await runnerFor(step.step).run(request);
  writeProvenance(model, {
    recipeHash: chain.recipeHash,
    schemes: [...before.map((earlier) => earlier.report.scheme), report.scheme],
    names: nameMap(source.layers, model),
  });
  if (data.settings) writeInputMetadata(model, data.settings);
  const file = fileOf(chain, name);
  await writeModel(model, file);
  return { step: step.step, name, file: await hashModel(file), report };
}

const ancestorsOf = (chain: StepChain, before: readonly FinishedStep[]): Ancestor[] => [
  { load: () => readModel(chain.source.path) },
  ...before.map(({ name }, i): Ancestor => ({ step: chain.steps[i]!, load: () => readModel(fileOf(chain, name)) })),
];

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
  const model = path.basename(recipe.model).replace(/\.onnx$/i, '');
  const base = safeName(recipe.output.name.replaceAll('{model}', model).replaceAll('{step}', step.step));
  const taken = new Set(before.map((earlier) => earlier.name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${base}.onnx` : `${base}_${number}.onnx`;
    if (!taken.has(name)) return name;
  }
}
