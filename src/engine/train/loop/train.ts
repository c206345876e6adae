import type { TrainingCurve } from '../../../protocol/training.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import type { Batch } from '../../data/batches.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { lossInputs } from '../losses/loss.ts';
import { probeBlock } from '../lower/blocked/probe.ts';
import { portable } from '../lower/portable/index.ts';
import { adam } from '../optimizers/adam.ts';
import type { Optimizer, ParameterGroup } from '../optimizers/optimizer.ts';
import { sgd } from '../optimizers/sgd.ts';
import { flatten, parametersOf, unflatten, type Parameter } from '../parameters.ts';
import { schedules } from '../schedules/index.ts';
import type { TrainingSettings } from '../settings.ts';
import { stepGraph, type StepGraph } from '../step-graph.ts';
import type { TrainDependencies, TrainingResult, TrainingTask } from '../task.ts';

/**
 * Trains the task's model in place: epochs of batches, each a run of one graph that computes loss and gradients; the weights are changed here.
 * The weights of the best epoch by validation are kept, those before the first step among them. Throws `training.*`, `data.*`, Cancelled.
 */
export async function train(task: TrainingTask, { runtime, context }: TrainDependencies): Promise<TrainingResult> {
  const { model, settings, batches, teacher } = task;
  const trained = task.parameters ?? parametersOf(model);
  const block = await probeBlock(runtime);
  const step = stepGraph(model, {
    batch: batches.size,
    parameters: trained,
    losses: task.losses,
    ...(teacher ? { teacher: teacher.values } : {}),
    lowering: portable,
    ...(block ? { block } : {}),
    batchNormalization: task.batchNormalization,
  });
  const total = settings.epochs * batches.stepsPerEpoch;
  const curve: TrainingCurve = { step: task.name, epochs: settings.epochs, steps: total, points: [] };
  const own = flatten(model.graph, trained);
  const parameters = new Float32Array(own.length + step.lossWeights.length);
  parameters.set(own);
  parameters.set(step.lossWeights, own.length);
  const statistics = new RunningStatistics(model, step);
  const optimizer = optimizerOf(settings, parameters.length);
  const place = (done: number) => ({ step: done, stepsPerEpoch: batches.stepsPerEpoch, epochs: settings.epochs });
  for (const constraint of task.constraints ?? []) constraint.apply(parameters, place(0));
  const input = model.graph.requiredInputs[0]!.name;
  const session = await runtime.load(encodeModel(step.model), { optimize: 'basic', threads: context.threads, unplannedMemory: true });
  let best: { readonly value: number; readonly model: Model } | undefined;
  let done = 0;
  const validate = async (epoch: number): Promise<void> => {
    if (!task.validate) return;
    const current = cloneModel(model);
    unflatten(current.graph, trained, parameters);
    statistics.write(current);
    const { metric, unit, better, value } = await task.validate(current);
    const isBest = best === undefined || (better === 'high' ? value > best.value : value < best.value);
    if (isBest) best = { value, model: current };
    curve.validation ??= { metric, unit, better, scores: [] };
    curve.validation.scores.push({ step: done, epoch, value, best: isBest });
    task.watch?.(curve);
  };
  try {
    await validate(0);
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      for await (const batch of batches.epoch(epoch, { signal: context.signal })) {
        throwIfCancelled(context.signal);
        const answers = teacher ? await teacher.answers(batch) : {};
        const results = await session.run(feeds(input, batch, answers, step, parameters), [
          step.names.loss,
          step.names.gradients,
          ...(step.names.statistics ? [step.names.statistics] : []),
        ]);
        const rate = settings['learning-rate'] * schedules[settings.schedule](done / total);
        optimizer.step({ parameters, gradients: results[step.names.gradients]!.data as Float32Array, groups: groups(task, step, rate) });
        done++;
        for (const constraint of task.constraints ?? []) constraint.apply(parameters, place(done));
        if (step.names.statistics) statistics.follow(results[step.names.statistics]!.data as Float32Array);
        curve.points.push({ step: done, epoch: done / batches.stepsPerEpoch, loss: Number(results[step.names.loss]!.data[0]), rate });
        task.watch?.(curve);
        context.progress.report({ phase: 'train', done, total, unit: 'steps' });
      }
      await validate(epoch + 1);
    }
  } finally {
    await session.dispose();
  }
  if (best) for (const [name, tensor] of best.model.graph.initializers) model.graph.initializers.set(name, tensor);
  else {
    unflatten(model.graph, trained, parameters);
    statistics.write(model);
  }
  return { curve, notes: [] };
}

function feeds(
  input: string,
  batch: Batch,
  answers: Readonly<Record<string, RuntimeTensor>>,
  step: StepGraph,
  parameters: Float32Array,
): Record<string, RuntimeTensor> {
  const all: Record<string, RuntimeTensor> = {
    [input]: batch.input,
    [step.names.parameters]: { type: DataType.float32, dims: [parameters.length], data: parameters },
  };
  if (batch.labels) all[lossInputs.labels] = batch.labels;
  if (batch.target) all[lossInputs.target] = batch.target;
  for (const [name, answer] of Object.entries(answers)) all[lossInputs.teacher(name)] = answer;
  return Object.fromEntries(Object.entries(all).filter(([name]) => step.model.graph.isInput(name)));
}

function groups(task: TrainingTask, step: StepGraph, rate: number): ParameterGroup[] {
  return step.parameters.map((parameter: Parameter) => {
    const pace = task.pace?.(parameter) ?? {};
    const decay = pace.decay ?? (parameter.decays ? task.settings['weight-decay'] : 0);
    return { offset: parameter.offset, size: parameter.size, rate: rate * (pace.rate ?? 1), decay };
  });
}

function optimizerOf(settings: TrainingSettings, size: number): Optimizer {
  if (settings.optimizer === 'sgd') return sgd(size, { momentum: settings.momentum, nesterov: false });
  return adam(size, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: settings.optimizer === 'adamw' });
}

/** Part of a running statistic that each batch replaces (PyTorch's momentum). */
const momentum = 0.1;

/** The stored statistics of batch normalization, which follow those of the batches. */
class RunningStatistics {
  readonly #values: Float32Array;

  constructor(
    model: Model,
    private readonly step: StepGraph,
  ) {
    this.#values = Float32Array.from(step.statistics.flatMap(({ name }) => [...model.graph.initializers.get(name)!.toFloat64()]));
  }

  follow(batch: Float32Array): void {
    for (let i = 0; i < batch.length; i++) this.#values[i]! += momentum * (batch[i]! - this.#values[i]!);
  }

  write(model: Model): void {
    for (const { name, offset, size } of this.step.statistics)
      model.graph.initializers.set(name, Tensor.float32([size], this.#values.slice(offset, offset + size)));
  }
}
