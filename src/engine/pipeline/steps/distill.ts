import { cloneModel } from '../../onnx/clone.ts';
import type { DistillSettings } from '../../train/distill-step.ts';
import { agreement } from '../../train/losses/agreement.ts';
import type { AnswerSettings } from '../../train/losses/answer-parts.ts';
import { attention } from '../../train/losses/attention.ts';
import { distillation } from '../../train/losses/distillation.ts';
import type { FeaturePair } from '../../train/losses/features.ts';
import { hints } from '../../train/losses/hints.ts';
import type { Loss, WeightedLoss } from '../../train/losses/loss.ts';
import { takePictureSize } from '../../train/picture-size.ts';
import { openTeacher } from '../../train/teacher/open-teacher.ts';
import { pairFeatures } from '../../train/teacher/pair-features.ts';
import { openTraining } from '../training/open.ts';
import { runTraining, trainingPlan, trainingReport } from '../training/run.ts';
import { readTeacher } from '../training/teacher.ts';
import type { StepRequest, StepRunner } from './step.ts';

/** A student learns from a teacher: by softened answers where the task has classes, by the agreement of all outputs else. */
export const distill: StepRunner = {
  name: 'distill',
  learns: true,
  chooses: true,
  plan: (step, data) => trainingPlan(step.settings as DistillSettings, data),
  async run(request) {
    const { recipe, step, runtime, context } = request;
    const settings = step.settings as DistillSettings;
    const teacherModel = await readTeacher(request, settings.teacher);
    const open = await openTraining(request, { settings, truth: 'optional', reference: teacherModel });
    try {
      const { model, batches, pictures } = open;
      const student = cloneModel(model);
      await takePictureSize(student, batches, context.signal);
      const isClassifier = pictures.truth === 'labels' || recipe.task === 'classification';
      const meaning = isClassifier ? 'classification' : 'unknown';
      const pairs = settings.features === 'none' ? [] : pairFeatures(student, teacherModel, settings['feature-layers']);
      const features = pairs.map(({ teacher }) => teacher);
      const teacher = await openTeacher({ model: teacherModel, student, batches, meaning, features }, { runtime, context });
      try {
        const answers = { meaning, answers: teacher.outputs, ...decodeOf(request) } as const;
        const losses = weighted(settings, open.losses, answerLoss(settings, isClassifier, answers), pairs);
        const result = await runTraining(request, open, settings, { losses, teacher });
        return { model, report: { ...trainingReport(result), scheme: 'distilled' } };
      } finally {
        await teacher.dispose();
      }
    } finally {
      await open.dispose();
    }
  },
};

const decodeOf = ({ recipe: { data } }: StepRequest): Pick<AnswerSettings, 'decode'> => {
  const { decode } = data.train ?? data.calibration ?? {};
  return decode ? { decode: decode.kind } : {};
};

const answerLoss = ({ temperature }: DistillSettings, isClassifier: boolean, answers: AnswerSettings): Loss =>
  isClassifier && answers.answers.length === 1
    ? distillation({ temperature, answer: answers.answers[0]! })
    : agreement({ ...answers, temperature });

/** alpha · teacher + (1 − alpha) · task + weight · inner values. */
function weighted(settings: DistillSettings, task: readonly WeightedLoss[], teacher: Loss, pairs: readonly FeaturePair[]): WeightedLoss[] {
  const { alpha, features, 'feature-weight': weight } = settings;
  const share = task.length ? alpha : 1;
  const inner = features === 'none' ? [] : [{ loss: features === 'hints' ? hints({ pairs }) : attention({ pairs }), weight }];
  const rest = task.map((one) => ({ ...one, weight: one.weight * (1 - share) }));
  return [...rest, { loss: teacher, weight: share }, ...inner].filter((one) => one.weight > 0);
}
