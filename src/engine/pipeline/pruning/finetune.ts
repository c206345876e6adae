import type { TrainingCurve } from '../../../protocol/training.ts';
import { scopedCheckpoints } from '../../base/checkpoint.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import { matching } from '../../train/losses/matching.ts';
import { restoreNormalization, type RestoredNormalization } from '../../train/normalization/restore.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import { takePictureSize } from '../../train/picture-size.ts';
import type { TrainingTask } from '../../train/task.ts';
import { openTeacher, type OpenTeacher } from '../../train/teacher/open-teacher.ts';
import type { StepRequest } from '../steps/step.ts';
import { fittingRate } from './fitting-rate.ts';
import { keptPairs, type LostPlaces } from './kept-channels.ts';
import { answerLoss, answerMeaning } from '../training/answer-loss.ts';
import { trainedParameters } from '../training/frozen.ts';
import { openTraining, type OpenTraining } from '../training/open.ts';
import { runTraining, type TaskChanges } from '../training/run.ts';

export interface Finetuning {
  /** What was cut, in place: opset 21 afterwards. */
  readonly model: Model;
  /** What it learns from, prepared. */
  readonly teacher: Model;
  readonly settings: FinetuneSettings;
  /** Whether its layers have made up for the cut by least squares. */
  readonly madeUp?: boolean;
  /** What the student has lost of this teacher, where it was cut out of it: inner values are compared as well then. */
  readonly lost?: LostPlaces;
  /** Of the learning curve. */
  readonly title: string;
  /** What else is to hold, once the model is prepared. */
  readonly changes?: (open: OpenTraining, parameters: readonly Parameter[]) => TaskChanges;
  /** Of the weights that are kept, before normalization is folded into them again. */
  readonly settle?: (model: Model) => void;
}

/**
 * Trains what a cut has left to answer as the teacher does, and as labels or targets say where there are any. The weights are those of the best epoch by
 * validation, the cut itself among them. Throws `training.*`, `data.*`, and Cancelled.
 */
export async function finetune(request: StepRequest, finetuning: Finetuning): Promise<TrainingCurve> {
  const { model, teacher, title, madeUp } = finetuning;
  const settings: Resolved = { 'batch-normalization': madeUp ? 'frozen' : 'training', ...finetuning.settings };
  const { step } = request;
  // `prune: false` keeps the channels of a layer, not its weights.
  const own: StepRequest = { ...request, model, step: { ...step, layers: {} }, checkpoints: scopedCheckpoints(request.checkpoints, title) };
  const open = await openTraining(own, { settings, truth: 'optional', reference: teacher });
  let lessons: Lessons | undefined;
  try {
    const normalization = settings['restore-normalization'] ? await restored(own, open) : undefined;
    lessons = await openLessons(own, open, finetuning);
    const changes = (of: OpenTraining): TaskChanges => {
      const parameters = trainedParameters(of.model, own.step, settings.freeze);
      return { name: title, parameters, ...lessons, ...finetuning.changes?.(of, parameters) };
    };
    const rate = await learningRate(own, open, { settings, title, changes });
    const { curve } = await runTraining(own, open, { ...settings, 'learning-rate': rate }, changes(open));
    finetuning.settle?.(model);
    normalization?.fold(model);
    return curve;
  } finally {
    await lessons?.teacher?.dispose();
    await open.dispose();
  }
}

/** With what the recipe leaves to what was done before. */
type Resolved = Omit<FinetuneSettings, 'batch-normalization'> & Pick<TrainingSettings, 'batch-normalization'>;

/** What the recipe says, else the one that fits; kept, so that a run that is continued goes on with it. */
async function learningRate(
  request: StepRequest,
  open: OpenTraining,
  { settings, title, changes }: { settings: Resolved; title: string; changes: (copy: OpenTraining) => TaskChanges },
): Promise<number> {
  const said = settings['learning-rate'];
  if (said !== undefined) return said;
  const rate = await request.piece(`${title}, learning rate`, {}, () => fittingRate({ request, open, settings, changes }));
  request.context.logger.info(`${title}: learning rate ${rate}`);
  return rate;
}

async function restored(dependencies: StepRequest, { model, batches, parameters }: OpenTraining): Promise<RestoredNormalization> {
  const trained = new Set(parameters.map(({ layer }) => layer));
  const undo = await takePictureSize(model, batches, dependencies.context.signal);
  try {
    return await restoreNormalization(model, { batches, trains: (layer) => trained.has(layer) }, dependencies);
  } finally {
    undo();
  }
}

interface Lessons {
  readonly losses: TrainingTask['losses'];
  readonly teacher?: OpenTeacher;
}

/** (1 - alpha) · labels or targets + alpha · teacher; the teacher alone where the pictures say nothing. */
async function openLessons(
  { recipe, runtime, context }: StepRequest,
  { model, batches, losses, pictures }: OpenTraining,
  { teacher: teacherModel, settings: { alpha, temperature, 'feature-weight': weight }, lost }: Finetuning,
): Promise<Lessons> {
  const share = losses.length ? alpha : 1;
  if (share === 0) return { losses };
  const student = cloneModel(model);
  await takePictureSize(student, batches, context.signal);
  const answers = answerMeaning(recipe, pictures);
  const pairs = lost && weight > 0 ? keptPairs(student, teacherModel, lost) : [];
  const features = pairs.map(({ teacher }) => teacher);
  const teacher = await openTeacher({ model: teacherModel, student, batches, meaning: answers.meaning, features }, { runtime, context });
  const own = losses.map((one) => ({ ...one, weight: one.weight * (1 - share) })).filter(({ weight }) => weight > 0);
  const inner = pairs.length ? [{ loss: matching({ pairs }), weight }] : [];
  return { teacher, losses: [...own, { loss: answerLoss(answers, teacher.outputs, temperature), weight: share }, ...inner] };
}
