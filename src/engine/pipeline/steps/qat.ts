import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { quantizeSettings } from '../../qat/settings.ts';
import type { QatSettings } from '../../qat/step.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import { findTarget } from '../../targets/index.ts';
import { agreement } from '../../train/losses/agreement.ts';
import type { TrainingTask } from '../../train/task.ts';
import { openTeacher } from '../../train/teacher/open-teacher.ts';
import type { OpenTraining } from '../training/open.ts';
import { trainingPictures } from '../training/pictures.ts';
import { trainRounded } from '../training/rounded.ts';
import { trainingPlan } from '../training/run.ts';
import type { Ancestor, StepRequest, StepRunner } from './step.ts';

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
    const { step, recipe, data } = request;
    const settings = step.settings as QatSettings;
    const target = findTarget(recipe.target);
    if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
    // Before anything else says that it misses them, with advice for another step.
    trainingPictures(data, 'optional');
    const { float, before } = floatAncestor(request);
    const rounding = quantizeSettings(settings, before, target);
    const { model, report } = await trainRounded(request, {
      float: () => float.load(),
      rounding,
      settings,
      lessons: async (open) => openLessons(await float.load(), request, open),
    });
    return { model, report: { ...report, scheme: `qat ${settings.method}, ${report.scheme}` } };
  },
};

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
