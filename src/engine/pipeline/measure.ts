import type { Measurement } from '../../protocol/results/common.ts';
import type { ComparedWay, GateVerdict } from '../../protocol/results/run.ts';
import type { Context, ProgressReport } from '../base/context.ts';
import { formatError, LatheError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { evaluatePart, type Simulated } from '../evaluate/evaluate.ts';
import { evaluationOf, measurementOf, mergeParts, type EvaluationPart } from '../evaluate/part.ts';
import type { HashedFile } from './hash.ts';
import { summarizeModel } from './model-summary.ts';
import { checkGate, gateVerdict } from './gate.ts';
import { evaluateAfter, evaluateBefore, evaluateRival } from './plan.ts';
import { isSimulated, withSimulation } from './simulation.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';
import type { StepReport } from './steps/step.ts';

/** What the steps cost, on test data. Plain data, the same for equal runs. */
export interface RunMetrics {
  readonly before: Measurement;
  readonly after: Measurement;
  /** After minus before on the same pictures, in the metric's unit. */
  readonly difference?: { readonly value: number; readonly confidence: [number, number] };
  readonly gate?: GateVerdict;
}

/** An evaluation is kept in pieces of this many pictures. */
const pieceLength = 256;

interface MeasuredModel {
  readonly path: string;
  readonly sha256: string;
}

/** The recipe's model on the test data; undefined when there are none. */
export async function measureBefore(chain: StepChain): Promise<EvaluationPart | undefined> {
  const { test } = chain.data;
  if (!test) return undefined;
  const part = await measure(chain, test, evaluateBefore, sourceOf(chain));
  checkGate(chain.recipe.gate, part);
  return part;
}

/** The last step's model on the same pictures, compared with what the recipe's model gave. Without steps it is the same model. */
export async function measureAfter(chain: StepChain, finished: readonly FinishedStep[], before: EvaluationPart): Promise<RunMetrics> {
  const last = finished.at(-1);
  const { test } = chain.data;
  if (!last || !test) return metricsOf(chain, before, before);
  const path = chain.session.folder.file('models', last.name);
  const after = await measure(chain, test, evaluateAfter, { path, sha256: last.file.sha256 });
  return metricsOf(chain, before, comparedWith(after, before));
}

/** What steps' results are compared with, on the same pictures; undefined where nothing is to be compared. */
export async function measureRivals(
  chain: StepChain,
  finished: readonly FinishedStep[],
  { before, after }: RunMetrics,
): Promise<ComparedWay[] | undefined> {
  const last = finished.findLast(({ rivals }) => rivals);
  const { test } = chain.data;
  if (!last?.rivals || !test) return undefined;
  const sizeOf = async (path: string, file: HashedFile, bits: StepReport['bits']): Promise<number> =>
    (await summarizeModel(path, 'intermediate', file, bits)).packedBytes;
  const { source, session } = chain;
  const ways: ComparedWay[] = [{ title: 'float chain', packedBytes: await sizeOf(source.path, source.file, {}), metrics: before }];
  for (const [i, { title, name, file, bits }] of last.rivals.entries()) {
    const path = session.folder.file('models', name);
    const part = await measure(chain, test, evaluateRival(i), { path, sha256: file.sha256 });
    ways.push({ title, packedBytes: await sizeOf(path, file, bits), metrics: measurementOf(evaluationOf(part)) });
  }
  // Steps behind it would make the comparison one of other things.
  if (last !== finished.at(-1)) return ways;
  const path = session.folder.file('models', last.name);
  return [...ways, { title: 'jointly', packedBytes: await sizeOf(path, last.file, last.report.bits), metrics: after }];
}

async function measure(chain: StepChain, dataset: Dataset, stage: string, model: MeasuredModel): Promise<EvaluationPart> {
  const { session, recipe, runtime } = chain;
  const { decode, match } = recipe.data.test ?? {};
  // Without labels both are measured by their agreement with the recipe's model.
  const against = hasAnswers(dataset) ? undefined : sourceOf(chain);
  const { target } = recipe;
  const parts = {
    model: model.sha256,
    ...(isSimulated(target) ? { target } : {}),
    against: against?.sha256,
    data: dataset.fingerprint,
    task: recipe.task,
    decode,
    match,
  };
  const request = { model: model.path, against: against?.path, task: recipe.task, dataset, decode, match };
  const part = await session.stage<EvaluationPart>({
    name: stage,
    parts,
    work: (context, key) =>
      simulating(model.path, target, context, async (simulated) => {
        const of = Math.max(1, Math.ceil(dataset.samples.length / pieceLength));
        const pieces: EvaluationPart[] = [];
        for (let index = 0; index < of; index++) {
          const shard = { index, of };
          const deps = { runtime, context: pieceContext(context, stage, pieces, dataset) };
          pieces.push(await session.piece(stage, { key, shard }, () => evaluatePart({ ...request, simulated, shard }, deps)));
        }
        return mergeParts(pieces);
      }),
  });
  return part;
}

/** A model that the target cannot run as it is quantized (weights only, say) is measured as this machine runs it, with a warning. */
async function simulating<Result>(
  path: string,
  target: string,
  context: Context,
  work: (simulated: Simulated | undefined) => Promise<Result>,
): Promise<Result> {
  try {
    return await withSimulation(path, target, context, work);
  } catch (error) {
    if (!(error instanceof LatheError) || !error.code.startsWith(`${target}.`)) throw error;
    context.logger.warn(`The figures are this machine's, not those of ${target}: ${formatError(error)}`);
    return work(undefined);
  }
}

const sourceOf = ({ source }: StepChain): MeasuredModel => ({ path: source.path, sha256: source.file.sha256 });

/** Whether the samples say what a model should answer. */
const hasAnswers = ({ samples, hasTargets }: Dataset): boolean =>
  hasTargets === true || samples.every(({ label, boxes }) => label !== undefined || boxes !== undefined);

/** Counts on from the pieces before, under the stage's name. */
function pieceContext(context: Context, stage: string, before: readonly EvaluationPart[], dataset: Dataset): Context {
  const given = before.reduce((sum, piece) => sum + piece.given, 0);
  const report = ({ done, unit }: ProgressReport): void =>
    context.progress.report({ phase: stage, done: given + done, total: dataset.samples.length, unit });
  return { ...context, progress: { report } };
}

/** The rows of the model before stand beside those after, sample by sample: for the paired difference. */
function comparedWith(after: EvaluationPart, before: EvaluationPart): EvaluationPart {
  if (after.against !== undefined) return after;
  const rows = new Map(before.rows.map((row) => [row.index, row.fused]));
  return { ...after, against: before.model, rows: after.rows.map((row) => ({ ...row, against: rows.get(row.index) })) };
}

function metricsOf({ recipe, session }: StepChain, first: EvaluationPart, second: EvaluationPart): RunMetrics {
  const [before, after] = [evaluationOf(first), evaluationOf(second)];
  for (const warning of new Set([...before.warnings, ...after.warnings])) session.context.logger.warn(warning);
  const difference = after.difference && { value: after.difference.value, confidence: after.difference.confidence };
  return {
    before: measurementOf(before),
    after: measurementOf(after),
    ...(difference ? { difference } : {}),
    ...(recipe.gate ? { gate: gateVerdict(recipe.gate, measurementOf(before), measurementOf(after)) } : {}),
  };
}
