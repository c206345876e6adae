import { parametersOf } from '../parameters.ts';
import { takePictureSize } from '../picture-size.ts';
import type { TrainDependencies, TrainingResult, TrainingTask } from '../task.ts';
import { chooseBlock } from './choose-block.ts';
import { Training } from './training.ts';

/**
 * Trains the task's model in place: epochs of batches, each a run of one graph that computes loss and gradients; the weights are changed here. The weights of the best
 * epoch by validation are kept, those before the first step among them. Goes on from the newest checkpoint, bit for bit.
 * Throws `training.*`, `data.*`, `runtime.*`, Cancelled.
 */
export async function train(task: TrainingTask, deps: TrainDependencies): Promise<TrainingResult> {
  const trained = task.parameters ?? parametersOf(task.model);
  const block = await chooseBlock(deps.runtime, deps.context.logger);
  const freeSize = await takePictureSize(task.model, task.batches, deps.context.signal);
  try {
    const training = await Training.open({ task, trained, ...(block === undefined ? {} : { block }) }, deps);
    try {
      return await training.run();
    } finally {
      await training.dispose();
    }
  } finally {
    freeSize();
  }
}
