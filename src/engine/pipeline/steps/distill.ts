import { cloneModel } from '../../onnx/clone.ts';
import type { DistillSettings } from '../../train/distill-step.ts';
import { attention } from '../../train/losses/attention.ts';
import type { FeaturePair } from '../../train/losses/features.ts';
import { hints } from '../../train/losses/hints.ts';
import type { Loss, WeightedLoss } from '../../train/losses/loss.ts';
import { takePictureSize } from '../../train/picture-size.ts';
import { openTeacher } from '../../train/teacher/open-teacher.ts';
import { pairFeatures } from '../../train/teacher/pair-features.ts';
import { answerLoss, answerMeaning } from '../training/answer-loss.ts';
import { openTraining } from '../training/open.ts';
import { runTraining, trainingPlan, trainingReport } from '../training/run.ts';
import { readTeacher } from '../training/teacher.ts';
import type { StepRunner } from './step.ts';

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
      const answers = answerMeaning(recipe, pictures);
      const pairs = settings.features === 'none' ? [] : pairFeatures(student, teacherModel, settings['feature-layers']);
      const features = pairs.map(({ teacher }) => teacher);
      const teacher = await openTeacher(
        { model: teacherModel, student, batches, meaning: answers.meaning, features },
        { runtime, context },
      );
      try {
        const losses = weighted(settings, open.losses, answerLoss(answers, teacher.outputs, settings.temperature), pairs);
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

/** alpha · teacher + (1 − alpha) · task + weight · inner values. */
function weighted(settings: DistillSettings, task: readonly WeightedLoss[], teacher: Loss, pairs: readonly FeaturePair[]): WeightedLoss[] {
  const { alpha, features, 'feature-weight': weight } = settings;
  const share = task.length ? alpha : 1;
  const inner = features === 'none' ? [] : [{ loss: features === 'hints' ? hints({ pairs }) : attention({ pairs }), weight }];
  const rest = task.map((one) => ({ ...one, weight: one.weight * (1 - share) }));
  return [...rest, { loss: teacher, weight: share }, ...inner].filter((one) => one.weight > 0);
}
