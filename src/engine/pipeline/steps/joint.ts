import { LatheError } from '../../base/errors.ts';
import { compositionOf } from '../../chain/split.ts';
import type { JointSettings } from '../../joint/step.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { quantizeSettings } from '../../qat/settings.ts';
import type { QatSettings } from '../../qat/step.ts';
import { findTarget } from '../../targets/index.ts';
import { budgetPictures, withinBudget } from '../joint/budget/in-joint.ts';
import { chainOf, onTuned } from '../joint/chain-of.ts';
import { rivalCount, rivalsOf } from '../joint/compare.ts';
import { cutChannels } from '../joint/cut.ts';
import { startOf, type JointStart } from '../joint/start.ts';
import { changesOf, lessonsOf, tuneFloat, type Tuning } from '../joint/tuning.ts';
import { pruningTeacher } from '../pruning/teacher.ts';
import { trainingPictures } from '../training/pictures.ts';
import { trainRounded } from '../training/rounded.ts';
import { trainingPlan } from '../training/run.ts';
import type { StepOutcome, StepReport, StepRunner } from './step.ts';

/** Trains the models of a chain as one, by one loss; what is to be cut is cut first, what is to be rounded is rounded while it is trained. */
export const joint: StepRunner = {
  name: 'joint',
  learns: true,
  chooses: true,
  plan(step, data) {
    const { qat, prune, budget, ...settings } = step.settings as JointSettings;
    const { pictures, phases } = trainingPlan(settings, data);
    const looked = data.calibration?.samples.length ?? 0;
    const epochs = prune?.finetune ? Number(prune.finetune['epochs'] ?? settings.epochs) : 0;
    const rounds = prune ? prune.steps * (2 * looked + trainingPlan({ epochs }, data).pictures) : 0;
    return {
      pictures: pictures + rounds + (budget ? budgetPictures(data) : 0) + (qat ? 2 * looked : 0),
      phases: { ...(qat ? { calibrate: 0.1, round: 0.1 } : {}), ...phases },
    };
  },
  rivals: ({ settings }, model) => {
    const own = settings as JointSettings;
    return rivalCount(own, own.tune?.length ?? compositionOf(model)?.links.length ?? 0);
  },
  async run(original) {
    // Before anything else says that it misses them, with advice for another step.
    trainingPictures(original.data, 'optional');
    const chain = chainOf(original.model, original.step.settings as JointSettings);
    const start = await startOf(original, chain);
    const { request, search, notes } = await withinBudget(original, chain, start);
    const settings = request.step.settings as JointSettings;
    const tuning: Tuning = { request, chain, settings, teacher: await pruningTeacher(request, undefined) };
    const cut = settings.prune && (await cutChannels(tuning, settings.prune, start.model));
    const begun = { ...start, model: cut?.model ?? start.model };
    const tune = (own: Tuning): Promise<StepOutcome> =>
      own.settings.qat ? tuneRounded(own, own.settings.qat, begun) : tuneAsFloat(own, cloneModel(begun.model));
    const tuned = await tune(tuning);
    const rivals = settings.compare ? await rivalsOf(tuning, tune) : undefined;
    const report = cut ? afterCut(cut.report, tuned.report) : tuned.report;
    return {
      model: tuned.model,
      report: { ...report, notes: [...notes, ...report.notes], ...(search ? { search } : {}) },
      ...(rivals ? { rivals } : {}),
    };
  },
};

async function tuneAsFloat(tuning: Tuning, model: StepOutcome['model']): Promise<StepOutcome> {
  const { curve, notes } = await tuneFloat(tuning, model);
  return { model, report: { layers: [], notQuantized: [], notes, scheme: 'jointly trained', bits: {}, training: curve } };
}

async function tuneRounded(tuning: Tuning, qat: NonNullable<JointSettings['qat']>, { model, before }: JointStart): Promise<StepOutcome> {
  const { request, chain, settings } = tuning;
  const target = findTarget(request.recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(request.recipe.target)}`);
  const { losses: _, prune: __, ...plain } = settings;
  const own = { ...plain, ...qat } as QatSettings;
  const rounding = quantizeSettings(own, before, target);
  const outcome = await trainRounded(
    { ...request, step: onTuned(request.step, model, chain) },
    {
      float: () => Promise.resolve(cloneModel(model)),
      rounding,
      settings: own,
      reference: tuning.teacher,
      lessons: (open) => lessonsOf(tuning, open),
      changes: (parameters, pace) => changesOf(tuning, parameters, pace),
    },
  );
  return { ...outcome, report: { ...outcome.report, scheme: `joint qat ${own.method}, ${outcome.report.scheme}` } };
}

/** Both of what went and of what was made of the rest. */
const afterCut = (cut: StepReport, tuned: StepReport): StepReport => ({
  ...cut,
  ...tuned,
  layers: [...cut.layers, ...tuned.layers],
  notes: [...cut.notes, ...tuned.notes],
  scheme: `${cut.scheme}, ${tuned.scheme}`,
});
