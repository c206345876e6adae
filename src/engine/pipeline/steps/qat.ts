import { LatheError } from '../../base/errors.ts';
import { sampled } from '../../data/sampled.ts';
import type { Model } from '../../onnx/graph.ts';
import { exportTrained } from '../../qat/export.ts';
import { openQat } from '../../qat/open.ts';
import { quantizeSettings } from '../../qat/settings.ts';
import type { TrainingModel } from '../../qat/training-model.ts';
import type { QatSettings } from '../../qat/step.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import { findTarget } from '../../targets/index.ts';
import { agreement } from '../../train/losses/agreement.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { TrainingTask } from '../../train/task.ts';
import { openTeacher } from '../../train/teacher/open-teacher.ts';
import { frozenLayers, nothingLeft } from '../training/frozen.ts';
import { openTraining, type OpenTraining } from '../training/open.ts';
import { trainingPictures } from '../training/pictures.ts';
import { runTraining, trainingPlan } from '../training/run.ts';
import { reportOf } from './quantize.ts';
import type { Ancestor, StepRequest, StepRunner } from './step.ts';

/** Of the training pictures, where the recipe names none to calibrate on. */
const calibrationPictures = 256;

/** Quantization-aware training. */
export const qat: StepRunner = {
  name: 'qat',
  learns: true,
  chooses: true,
  plan: (step, data) => {
    const { pictures, phases } = trainingPlan(step.settings as QatSettings, data);
    return { pictures: pictures + 2 * (data.calibration?.samples.length ?? 0), phases: { calibrate: 0.1, round: 0.1, ...phases } };
  },
  async run(request) {
    const { step, recipe, runtime, context, data, checkpoints } = request;
    const settings = step.settings as QatSettings;
    const target = findTarget(recipe.target);
    if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
    // Before anything else says that it misses them, with advice for another step.
    trainingPictures(data, 'optional');
    const { float, before } = floatAncestor(request);
    const rounding = quantizeSettings(settings, before, target);
    const dataset = data.calibration ?? (data.train && sampled(data.train, calibrationPictures));
    const work = await openQat(
      await float.load(),
      { quantize: { settings: rounding, layers: leftOut(step), target }, qat: settings },
      {
        runtime,
        context,
        checkpoints,
        ...(dataset ? { dataset } : {}),
      },
    );
    const open = await openTraining({ ...request, model: await float.load() }, { settings, truth: 'optional' });
    let lessons: Lessons | undefined;
    try {
      lessons = await openLessons(await float.load(), request, open);
      const { model } = work.training;
      const parameters = unfrozen(work.training, step, settings.freeze);
      const validation = open.validation;
      const exported = (trained: Model) => exportTrained(work.plan, work.training, trained);
      const result = await runTraining(request, { ...open, model }, withFreeze(settings), {
        parameters,
        ...lessons,
        constraints: [work.constraint(parameters)],
        pace: work.pace,
        ...(validation ? { validate: (trained) => validation.measure(exported(trained).model) } : {}),
      });
      const { layers, model: written } = exported(model);
      const { notQuantized } = work.plan.placement;
      const report = reportOf({ model: written, layers, notQuantized, notes: [...work.plan.notes, ...result.notes] }, rounding);
      return { model: written, report: { ...report, scheme: `qat ${settings.method}, ${report.scheme}`, training: result.curve } };
    } finally {
      await lessons?.teacher?.dispose();
      await open.dispose();
    }
  },
};

/** `qat: false` leaves a layer in float, as `quantize: false` does. */
const leftOut = ({ layers }: StepRequest['step']): StepRequest['step']['layers'] =>
  Object.fromEntries(Object.entries(layers).map(([name, own]) => [name, own['qat'] === false ? { quantize: false } : own]));

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

/** What the network learns from. */
type Lessons = Pick<TrainingTask, 'losses' | 'teacher'>;

/** Labels and targets where there are any, and the answers of the float model (`alpha`), which are all without. */
async function openLessons(
  float: Model,
  { step, recipe, runtime, context }: StepRequest,
  { batches, losses, model }: OpenTraining,
): Promise<Lessons> {
  const settings = step.settings as QatSettings;
  const alpha = losses.length ? settings.alpha : 1;
  if (alpha === 0) return { losses };
  const meaning = recipe.task === 'classification' ? 'classification' : 'unknown';
  const teacher = await openTeacher({ model: float, student: model, batches, meaning }, { runtime, context });
  const own = losses.map(({ loss, weight }) => ({ loss, weight: (1 - alpha) * weight }));
  const loss = agreement({ meaning, answers: teacher.outputs, temperature: settings.temperature });
  return { teacher, losses: [...own.filter(({ weight }) => weight > 0), { loss, weight: alpha }] };
}

/** Steps that leave integers behind. */
const quantizing: ReadonlySet<string> = new Set(['quantize', 'qat', 'auto']);

/** The newest model on the way here that is float, and the settings of the last `quantize` behind it. */
function floatAncestor({ ancestors }: StepRequest): { float: Ancestor; before?: QuantizeSettings } {
  const isFloat = ({ step }: Ancestor): boolean => !step || !quantizing.has(step.step);
  const at = ancestors.findLastIndex(isFloat);
  const before = ancestors.slice(at + 1).findLast(({ step }) => step?.step === 'quantize')?.step;
  return { float: ancestors[at]!, ...(before ? { before: before.settings as QuantizeSettings } : {}) };
}
