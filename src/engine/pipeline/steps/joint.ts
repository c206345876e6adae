import { LatheError } from '../../base/errors.ts';
import type { JointSettings } from '../../joint/step.ts';
import { quantizeSettings } from '../../qat/settings.ts';
import type { QatSettings } from '../../qat/step.ts';
import { findTarget } from '../../targets/index.ts';
import { preparedTeacher } from '../../train/teacher/open-teacher.ts';
import { chainOf, onTuned } from '../joint/chain-of.ts';
import { jointChanges } from '../joint/changes.ts';
import { openLessons } from '../joint/lessons.ts';
import { openTraining } from '../training/open.ts';
import { trainingPictures } from '../training/pictures.ts';
import { trainRounded } from '../training/rounded.ts';
import { runTraining, trainingPlan, trainingReport } from '../training/run.ts';
import type { StepRunner } from './step.ts';

/** Trains the models of a chain as one: by one loss, rounded and cut where the step says so. */
export const joint: StepRunner = {
  name: 'joint',
  learns: true,
  chooses: true,
  plan: (step, data) => trainingPlan(step.settings as JointSettings, data),
  async run(original) {
    const settings = original.step.settings as JointSettings;
    // Its losses have places: they are the lessons' own.
    const { losses: _, ...plain } = settings;
    trainingPictures(original.data, 'optional');
    const chain = chainOf(original.model, settings);
    const request = { ...original, step: onTuned(original.step, original.model, chain) };
    const { recipe } = request;
    const float = request.ancestors[0]!;
    const meaning = recipe.task === 'classification' ? 'classification' : 'unknown';
    const teacher = await preparedTeacher(await float.load(), request);
    const lessons = (open: Parameters<typeof openLessons>[1]) =>
      openLessons(request, open, { teacher, composition: chain.composition, settings, meaning });
    if (settings.qat) {
      const target = findTarget(recipe.target);
      if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
      const own = { ...plain, ...settings.qat } as QatSettings;
      const rounding = quantizeSettings(own, undefined, target);
      const { model, report } = await trainRounded(request, {
        float: () => float.load(),
        rounding,
        settings: own,
        lessons,
        changes: (parameters, pace) => jointChanges(settings, chain, parameters, pace),
      });
      return { model, report: { ...report, scheme: `joint qat ${own.method}, ${report.scheme}` } };
    }
    const training = await openTraining(request, { settings: plain, truth: 'optional', reference: teacher });
    let learned: Awaited<ReturnType<typeof lessons>> | undefined;
    try {
      learned = await lessons(training);
      const result = await runTraining(request, training, settings, { ...learned, ...jointChanges(settings, chain, training.parameters) });
      return { model: training.model, report: { ...trainingReport(result), scheme: 'jointly trained' } };
    } finally {
      await learned?.teacher?.dispose();
      await training.dispose();
    }
  },
};
