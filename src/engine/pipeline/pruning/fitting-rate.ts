import { LatheError } from '../../base/errors.ts';
import { noCheckpoints } from '../../base/checkpoint.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { StepRequest } from '../steps/step.ts';
import type { OpenTraining } from '../training/open.ts';
import { runTraining, type TaskChanges } from '../training/run.ts';

/** Learning rates that are tried, from the highest on. */
const rates = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4] as const;
const lowest = rates[rates.length - 1]!;
/** Where nothing can be measured: what is cut and made up for by least squares bears it. */
const usual = 3e-4;

/** Steps of one try, and the part of the training that they may be at most. */
const [trySteps, mostPart] = [24, 0.1];

export interface RateRequest {
  readonly request: StepRequest;
  readonly open: OpenTraining;
  readonly settings: Omit<TrainingSettings, 'learning-rate'>;
  /** Of the training that is to come, for a copy of its model. */
  readonly changes: (copy: OpenTraining) => TaskChanges;
}

/**
 * The highest learning rate whose first steps leave the model no worse on validation pictures than it is, by the paired rule that epochs are judged by. What has lost little is spoiled in a
 * few steps by a rate that what has lost much needs: the rest of the training then goes into coming back. Throws `data.*`, `runtime.*`, and Cancelled.
 */
export async function fittingRate({ request, open, settings, changes }: RateRequest): Promise<number> {
  const { validation, model, batches } = open;
  if (!validation) return usual;
  const steps = settings.epochs * Math.ceil(batches.stepsPerEpoch / settings.accumulate);
  const tried = Math.max(1, Math.min(trySteps, Math.floor(steps * mostPart)));
  const before = await validation.measure(model);
  const { validation: _validation, ...unjudged } = open;
  const { watch: _watch, ...quiet } = request;
  const context = { ...request.context, progress: { report: () => undefined } };
  for (const rate of rates.slice(0, -1)) {
    const copy = { ...unjudged, model: cloneModel(model) };
    try {
      const trial = { ...settings, 'learning-rate': rate, 'max-steps': tried };
      await runTraining({ ...quiet, context, checkpoints: noCheckpoints }, copy, trial, changes(copy));
    } catch (error) {
      if (error instanceof LatheError && error.code === 'training.diverged') continue;
      throw error;
    }
    if (!validation.isBetter(before, await validation.measure(copy.model))) return rate;
  }
  return lowest;
}
