import { LatheError } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import {
  chooseZeros,
  compensateZeros,
  growingZeros,
  markSparse,
  planSparse,
  setZeros,
  type SparsePlan,
  type SparseSettings,
} from '../../prune/sparse/index.ts';
import { whatRuns } from '../../prune/sparse/runtimes.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { TrainingCurve } from '../../../protocol/training.ts';
import { finetune, type Finetuning } from '../pruning/finetune.ts';
import { pruningTeacher } from '../pruning/teacher.ts';
import { stageName } from '../stage-name.ts';
import type { StepOutcome, StepRequest } from '../steps/step.ts';
import { sparseReport } from './sparse-report.ts';

/**
 * The step `prune` with `method: weights`, `n-m` or `blocks`: zeros in the weights, the graph as it was. With `finetune` the rest is trained around them; the number of zeros may rise meanwhile
 * (`ramp`). Throws `prune.*`, `training.*`, `data.*`, and Cancelled.
 */
export async function pruneWeights(request: StepRequest): Promise<StepOutcome> {
  const { model, recipe, step } = request;
  const { finetune: tuning, teacher } = step.settings as PruneSettings;
  const settings = sparseSettings(request);
  const plan = planSparse(model, settings);
  if (tuning) checkTrainable(model);
  const notes = !tuning || settings.ramp === 0 ? await cutAndCompensate(request, plan) : [];
  const curve = tuning && (await tune(request, settings, tuning as FinetuneSettings, await pruningTeacher(request, teacher)));
  markSparse(model, plan.pattern.title);
  const report = sparseReport(plan, model, [...notes, whatRuns(settings, recipe.target)]);
  return { model, report: curve ? { ...report, training: curve } : report };
}

/** Puts the zeros in; where there are pictures the other weights make up for them (`compensate`). Returns what is to be said. */
async function cutAndCompensate({ model, step, data, runtime, context }: StepRequest, plan: SparsePlan): Promise<string[]> {
  const { compensate, criterion } = step.settings as PruneSettings;
  const dataset = data.calibration ?? data.train;
  if (!compensate || !dataset?.samples.length) {
    cut(model, plan);
    return [];
  }
  const solved = await compensateZeros(model, cloneModel(model), plan, isOpen(criterion), { runtime, context, dataset });
  if (!solved.length) return [];
  const mean = (key: 'before' | 'after'): string =>
    ((100 * solved.reduce((sum, layer) => sum + layer[key], 0)) / solved.length).toPrecision(2);
  return [
    `The other weights of ${solved.length} layers make up for the zeros: an error of ${mean('before')} % of a layer's power became ${mean('after')} %, in the mean, on ${dataset.samples.length} pictures.`,
  ];
}

/** Puts the zeros into a model, chosen by its weights as they are. */
function cut(model: Model, plan: SparsePlan): void {
  const sites = plan.layers.map(({ site }) => site);
  setZeros(model.graph, sites, chooseZeros(plan));
}

/**
 * Trains the rest. While the number of zeros rises, what is measured and kept is each epoch's model with all zeros in it: an early epoch is not better because it has more weights. So is
 * the model in the end.
 */
async function tune(request: StepRequest, settings: SparseSettings, tuning: FinetuneSettings, teacher: Model): Promise<TrainingCurve> {
  const { model, step } = request;
  const title = stageName(step);
  if (settings.ramp === 0) {
    markSparse(model, settings.method);
    return finetune(request, { model, teacher, settings: tuning, title });
  }
  const settle = (trained: Model): void => cut(trained, planSparse(trained, settings));
  const cutCopy = (trained: Model): Model => {
    const copy = cloneModel(trained);
    settle(copy);
    return copy;
  };
  const changes: Finetuning['changes'] = ({ validation }, parameters) => ({
    constraints: [growingZeros(planSparse(model, settings), parameters, settings.ramp)],
    ...(validation ? { validate: (trained) => validation.measure(cutCopy(trained)) } : {}),
  });
  return finetune(request, { model, teacher, settings: tuning, title, changes, settle });
}

/** Integers have no gradient. */
function checkTrainable({ graph, path }: Model): void {
  const integer = graph.nodes.find(({ op }) => op === 'QuantizeLinear' || op === 'DequantizeLinear');
  if (!integer) return;
  throw new LatheError('prune.quantized', 'a quantized model cannot be trained behind its pruning', {
    file: path,
    node: integer.label,
    hint: 'Prune before the step quantize, or leave finetune out and let qat follow.',
  });
}

/** Whether zeros may be those that least squares finds. */
const isOpen = (criterion: string | undefined): criterion is undefined | 'reconstruction' =>
  criterion === undefined || criterion === 'reconstruction';

function sparseSettings({ step, recipe }: StepRequest): SparseSettings {
  const settings = step.settings as PruneSettings;
  return {
    ...settings,
    method: settings.method as SparseSettings['method'],
    scope: settings.scope === 'global' ? 'global' : 'local',
    // Magnitudes of different layers cannot be compared as they are.
    criterion: isOpen(settings.criterion) ? (settings.scope === 'global' ? 'lamp' : 'l1') : settings.criterion,
    seed: recipe.seed,
    layers: step.layers,
  };
}
