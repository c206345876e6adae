import type { Model, Node } from '../onnx/graph.ts';
import { batchNormStatistics } from '../quantize/batch-norm-statistics.ts';
import { biasPasses, correctMeasuredBias } from '../quantize/correct-bias-measured.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { roundLayers } from '../quantize/round/index.ts';
import type { RoundedLayer } from '../quantize/round/rounding.ts';
import { planStatic } from '../quantize/static.ts';
import type { QuantizeDependencies, QuantizeRequest } from '../quantize/types.ts';
import type { Parameter } from '../train/parameters.ts';
import type { Constraint, TrainingTask } from '../train/task.ts';
import { holdingConstraint } from './holdings.ts';
import { methods } from './methods/index.ts';
import type { QatSettings } from './step.ts';
import { trainingModel, type TrainingModel } from './training-model.ts';

export interface QatRequest {
  readonly quantize: QuantizeRequest;
  readonly qat: QatSettings;
}

/** A float model, quantized after training, and ready to be trained on from there. */
export interface OpenQat {
  readonly plan: StaticPlan;
  /** What post-training quantization made of the layers: the training starts there. */
  readonly rounded: ReadonlyMap<Node, RoundedLayer>;
  readonly training: TrainingModel;
  /** What holds while these parameters are trained. */
  readonly constraint: (parameters: readonly Parameter[]) => Constraint;
  readonly pace: NonNullable<TrainingTask['pace']>;
}

/** Plans and rounds as the step `quantize` does, and writes the model to train. Changes the model given. Throws as `planStatic`, `qat.format`, and Cancelled. */
export async function openQat(model: Model, { quantize, qat }: QatRequest, dependencies: QuantizeDependencies): Promise<OpenQat> {
  // The plan folds it.
  const normals = qat['batch-normalization'] === 'frozen' ? undefined : batchNormStatistics(model);
  const plan = await planStatic(model, quantize, dependencies);
  const { rounded } = await correctMeasuredBias(plan, await roundLayers(plan), biasPasses(quantize));
  const method = methods.find(({ name }) => name === qat.method)!;
  const training = trainingModel(plan, rounded, method, qat, normals);
  const holdings = [...training.layers.values()].flatMap(({ rounding, normalization }) =>
    normalization ? [rounding, normalization] : [rounding],
  );
  const all = [...holdings, ...training.activations.map(({ rounding }) => rounding)];
  const constraint = (parameters: readonly Parameter[]): Constraint => holdingConstraint(training.model.graph, parameters, all);
  const pace = ({ name }: Parameter): { rate?: number; decay?: number } => {
    const kind = training.kinds.get(name);
    if (kind === undefined || kind === 'weight') return { rate: method.weightRate ?? 1 };
    return { rate: qat['scale-rate'], decay: kind === 'clip' ? qat['weight-decay'] : 0 };
  };
  return { plan, rounded, training, constraint, pace };
}
