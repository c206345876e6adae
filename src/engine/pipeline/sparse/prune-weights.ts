import type { Model } from '../../onnx/graph.ts';
import { chooseZeros, markSparse, planSparse, setZeros, type SparsePlan, type SparseSettings } from '../../prune/sparse/index.ts';
import { whatRuns } from '../../prune/sparse/runtimes.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { StepOutcome, StepRequest } from '../steps/step.ts';
import { sparseReport } from './sparse-report.ts';

/** The step `prune` with `method: weights`, `n-m` or `blocks`: zeros in the weights, the graph as it was. Throws `prune.*`, `training.*`, `data.*`, and Cancelled. */
export async function pruneWeights(request: StepRequest): Promise<StepOutcome> {
  const settings = sparseSettings(request);
  const { model } = request;
  const plan = planSparse(model, settings);
  cut(model, plan);
  markSparse(model, plan.pattern.title);
  return { model, report: sparseReport(plan, model, [whatRuns(settings, request.recipe.target)]) };
}

/** Puts the zeros into a model, chosen by its weights as they are. */
function cut(model: Model, plan: SparsePlan): void {
  const sites = plan.layers.map(({ site }) => site);
  setZeros(model.graph, sites, chooseZeros(plan));
}

function sparseSettings({ step, recipe }: StepRequest): SparseSettings {
  const settings = step.settings as PruneSettings;
  return {
    ...settings,
    method: settings.method as SparseSettings['method'],
    scope: 'local',
    criterion: 'l1',
    seed: recipe.seed,
    layers: step.layers,
  };
}
