import { heldSharing } from '../../prune/cluster/held-sharing.ts';
import { isSharing } from '../../prune/cluster/metadata.ts';
import { heldZeros, isSparse } from '../../prune/sparse/index.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import { train } from '../../train/loop/train.ts';
import { passable, takeWeights } from '../../train/passable.ts';
import type { TrainingSettings } from '../../train/settings.ts';
import type { TrainDependencies, TrainingResult, TrainingTask } from '../../train/task.ts';
import { memoryLimit } from '../memory.ts';
import { stageName } from '../stage-name.ts';
import type { StepData, StepReport, StepRequest, StepRunner } from '../steps/step.ts';
import type { OpenTraining } from './open.ts';

/** What a step adds to, or puts in place of, what its model and pictures give. */
export type TaskChanges = Partial<Omit<TrainingTask, 'settings' | 'watch'>>;

/** Trains the step's model in place: with what `openTraining` found and the step's own changes. Throws `training.*`, `data.*`, and Cancelled. */
export function runTraining(
  { step, runtime, context, checkpoints, watch }: StepRequest,
  { model, parameters, batches, losses, validation }: OpenTraining,
  settings: TrainingSettings,
  changes: TaskChanges = {},
): Promise<TrainingResult> {
  const task: TrainingTask = {
    name: stageName(step),
    model,
    settings,
    losses,
    batches,
    parameters,
    batchNormalization: settings['batch-normalization'] === 'frozen' ? 'frozen' : 'training',
    ...(validation ? { validate: (trained) => validation.measure(trained), isBetter: validation.isBetter } : {}),
    ...(watch ? { watch } : {}),
    ...changes,
  };
  return trainThrough(withHeldWeights(task), { runtime, context, checkpoints, memory: memoryLimit(context.memory) });
}

/** Layers that stay as they are may be rounded already: the training goes through a copy that lets gradients pass them. */
async function trainThrough(task: TrainingTask, dependencies: TrainDependencies): Promise<TrainingResult> {
  const { model, parameters = [], validate } = task;
  const through = passable(model, parameters);
  if (through === model) return train(task, dependencies);
  const measured = (trained: Model): Model => {
    const copy = cloneModel(model);
    takeWeights(copy.graph, trained.graph);
    return copy;
  };
  const result = await train(
    { ...task, model: through, ...(validate ? { validate: (trained) => validate(measured(trained)) } : {}) },
    dependencies,
  );
  takeWeights(model.graph, through.graph);
  return result;
}

/** What an earlier step made of the weights stays: zeros of a sparse model, values that weights share. */
function withHeldWeights(task: TrainingTask): TrainingTask {
  const { model, parameters = [], constraints = [] } = task;
  const zeros = isSparse(model) ? heldZeros(model.graph, parameters) : undefined;
  const shared = isSharing(model) ? heldSharing(model.graph, parameters) : undefined;
  const held = [zeros, shared].filter((constraint) => constraint !== undefined);
  return held.length ? { ...task, constraints: [...held, ...constraints] } : task;
}

/** Of a training whose result is a plain float model. */
export const trainingReport = ({ curve, notes }: TrainingResult): StepReport => ({
  layers: [],
  notQuantized: [],
  notes,
  scheme: 'trained',
  bits: {},
  training: curve,
});

/** Runs forwards and backwards cost about three runs forwards. */
const stepCost = 3;

/** Guessed work of a training, for the job's time left. */
export function trainingPlan(settings: Pick<TrainingSettings, 'epochs'>, data: StepData): ReturnType<StepRunner['plan']> {
  const pictures = (data.train ?? data.calibration)?.samples.length ?? 0;
  const measured = data.validation?.samples.length ?? 0;
  const { epochs } = settings;
  return { pictures: stepCost * epochs * pictures + (epochs + 1) * measured, phases: { train: 1 } };
}
