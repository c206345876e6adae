import { LatheError } from '../../base/errors.ts';
import { sampled } from '../../data/sampled.ts';
import type { Model } from '../../onnx/graph.ts';
import { exportTrained } from '../../qat/export.ts';
import { openQat } from '../../qat/open.ts';
import type { TrainingModel } from '../../qat/training-model.ts';
import type { QatSettings } from '../../qat/step.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import { findTarget } from '../../targets/index.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { TrainingTask } from '../../train/task.ts';
import { reportOf } from '../steps/quantize.ts';
import type { StepOutcome, StepRequest } from '../steps/step.ts';
import { frozenLayers, nothingLeft } from './frozen.ts';
import { openTraining, type OpenTraining } from './open.ts';
import { runTraining, type TaskChanges } from './run.ts';

/** Of the training pictures, where the recipe names none to calibrate on. */
const calibrationPictures = 256;

export interface RoundedTraining {
  /** What is rounded, read anew each time: may be changed. */
  readonly float: () => Promise<Model>;
  /** How. */
  readonly rounding: QuantizeSettings;
  readonly settings: QatSettings;
  /** What validation compares with where pictures have no labels, prepared. By default what is rounded. */
  readonly reference?: Model;
  /** What the network learns from. */
  readonly lessons: (open: OpenTraining) => Promise<Pick<TrainingTask, 'losses' | 'teacher'>>;
  /** What else is to hold. `pace`: that of rounded training itself. */
  readonly changes?: (parameters: readonly Parameter[], pace: NonNullable<TaskChanges['pace']>) => TaskChanges;
}

/** Rounds a model as post-training quantization does, trains it so, and writes what was trained as integers. Throws `qat.*`, `training.*`, `data.*`, and Cancelled. */
export async function trainRounded(
  request: StepRequest,
  { float, rounding, settings, reference, lessons: open, changes }: RoundedTraining,
): Promise<StepOutcome> {
  const { step, recipe, runtime, context, data, checkpoints } = request;
  const target = findTarget(recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
  const dataset = data.calibration ?? (data.train && sampled(data.train, calibrationPictures));
  const work = await openQat(
    await float(),
    { quantize: { settings: rounding, layers: leftOut(step), target }, qat: settings },
    { runtime, context, checkpoints, ...(dataset ? { dataset } : {}) },
  );
  const training = await openTraining(
    { ...request, model: await float() },
    { settings, truth: 'optional', ...(reference ? { reference } : {}) },
  );
  let lessons: Awaited<ReturnType<RoundedTraining['lessons']>> | undefined;
  try {
    lessons = await open(training);
    const { model } = work.training;
    const parameters = unfrozen(work.training, step, settings.freeze);
    const { validation } = training;
    const exported = (trained: Model) => exportTrained(work.plan, work.training, trained);
    const { constraints = [], ...more } = changes?.(parameters, work.pace) ?? {};
    const result = await runTraining(request, { ...training, model }, withFreeze(settings), {
      parameters,
      ...lessons,
      pace: work.pace,
      ...more,
      constraints: [...constraints, work.constraint(parameters)],
      ...(validation ? { validate: (trained) => validation.measure(exported(trained).model) } : {}),
    });
    const { layers, model: written } = exported(model);
    const { notQuantized } = work.plan.placement;
    const report = reportOf({ model: written, layers, notQuantized, notes: [...work.plan.notes, ...result.notes] }, rounding);
    return { model: written, report: { ...report, training: result.curve } };
  } finally {
    await lessons?.teacher?.dispose();
    await training.dispose();
  }
}

/** `qat: false` (or that of the step itself) leaves a layer in float, as `quantize: false` does. */
const leftOut = ({ step, layers }: StepRequest['step']): StepRequest['step']['layers'] =>
  Object.fromEntries(
    Object.entries(layers).map(([name, own]) => [name, own['qat'] === false || own[step] === false ? { quantize: false } : own]),
  );

/** What is trained, one behind the other. Throws `training.freeze`. */
function unfrozen({ model, parameters }: TrainingModel, step: StepRequest['step'], freeze: readonly string[]): Parameter[] {
  const frozen = frozenLayers(model, step, freeze);
  let offset = 0;
  const left = parameters
    .filter(({ layer }) => !frozen.has(layer))
    .map((parameter) => {
      const placed = { ...parameter, offset };
      offset += parameter.size;
      return placed;
    });
  if (left.length) return left;
  throw nothingLeft(model);
}

/** Batch normalization stands still for the last part of the training, as scales do, unless the recipe says when. */
const withFreeze = (settings: QatSettings): QatSettings => ({
  'freeze-batch-normalization': settings['freeze-scales'] * settings.epochs,
  ...settings,
});
