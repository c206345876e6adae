import type { Measurement } from '../../../protocol/results/common.ts';
import type { DeployDocument } from '../../../protocol/results/board.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { evaluatePart } from '../../evaluate/evaluate.ts';
import { evaluationOf, measurementOf } from '../../evaluate/part.ts';
import { isQdq, openRunner } from '../../evaluate/sessions.ts';
import { scanModel } from '../../onnx/scan.ts';
import { readModel } from '../../onnx/file.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { createOrtRuntime } from '../../runtime/ort-node.ts';
import type { BoardFigures } from '../../targets/run-plan.ts';
import type { ToolDeps } from '../jobs.ts';
import { withSimulation } from '../simulation.ts';
import type { DeployedRun } from './final-model.ts';
import { BoardAnswers, outputSteps } from './outputs-match.ts';
import type { BoardPictures, WrittenPictures } from './pictures.ts';

export interface BoardMeasurement {
  readonly run: DeployedRun;
  readonly recipe: ResolvedRecipe;
  readonly target: string;
  readonly pictures: BoardPictures;
  readonly written: WrittenPictures;
  readonly outputs: NonNullable<BoardFigures['outputs']>;
}

/**
 * What the board's outputs come to: compared with the simulation of the target's arithmetic (or ONNX Runtime, operators as they are written) element
 * by element, and on `data.test` the metric in three stages on the same pictures.
 */
export async function measureBoard(
  what: BoardMeasurement,
  deps: ToolDeps,
  warn: (text: string) => void,
): Promise<Pick<DeployDocument, 'metrics' | 'outputsMatch'>> {
  const { run, recipe, target, pictures, written, outputs } = what;
  const runtime = await createOrtRuntime();
  const { context } = deps;
  const model = await scanModel(run.model);
  return withSimulation(run.model, target, context, async (simulated) => {
    const file = simulated?.path ?? run.model;
    const expected = await openRunner(file, await scanModel(file), simulated || isQdq(model) ? 'none' : 'all', { runtime, context });
    try {
      const answers = new BoardAnswers(outputs, written.place, expected, outputSteps(await readModel(run.model)));
      const request = evaluationRequest(what);
      const dataset = request?.dataset;
      if (!request || !dataset) {
        for await (const sample of pictures.samples(context.signal)) {
          throwIfCancelled(context.signal);
          await answers.outputs(sample);
        }
        return { outputsMatch: answers.match() };
      }
      const measure = async (more: Partial<Parameters<typeof evaluatePart>[0]>): Promise<Measurement> => {
        const evaluation = evaluationOf(await evaluatePart({ ...request, dataset, ...more }, { runtime, context }));
        return measurementOf(evaluation);
      };
      const board = await measure({ answers });
      const kept = keptMeasurements(what);
      const inOurs = kept.simulated ?? (await measure(simulated ? { simulated } : {}));
      const floats = kept.float ?? (recipe.model === undefined ? undefined : await measure({ model: recipe.model }));
      return { metrics: { ...(floats ? { float: floats } : {}), simulated: inOurs, board }, outputsMatch: answers.match() };
    } catch (error) {
      if (!(error instanceof LatheError) || !/^evaluate\.(metric|empty)$/.test(error.code)) throw error;
      warn(`the metric could not be measured on the board's outputs: ${error.message}`);
      return {};
    } finally {
      await expected.dispose();
    }
  });
}

/** Undefined where there is nothing to measure against. */
function evaluationRequest({ run, recipe, pictures }: BoardMeasurement) {
  const { dataset, isTest } = pictures;
  if (!dataset || !isTest) return undefined;
  const { decode, match } = recipe.data.test ?? {};
  const answered = dataset.hasTargets === true || dataset.samples.every(({ label, boxes }) => label !== undefined || boxes !== undefined);
  // Without labels all are measured by their agreement with the recipe's model.
  const against = answered ? undefined : recipe.model;
  return { model: run.model, task: recipe.task, dataset, decode, match, ...(against === undefined ? {} : { against }) };
}

/** The run has measured the same already, where the board got all pictures. */
function keptMeasurements({ run, recipe, target, pictures }: BoardMeasurement): { float?: Measurement; simulated?: Measurement } {
  const measured = run.record.result?.metrics;
  const test = run.record.data.find(({ use }) => use === 'test');
  if (!measured || !pictures.whole || test?.fingerprint !== pictures.dataset?.fingerprint) return {};
  const sameArithmetic = measured.after.simulated === target || (measured.after.simulated === undefined && recipe.target === target);
  return { float: measured.before, ...(sameArithmetic ? { simulated: measured.after } : {}) };
}
