import type { Model } from '../../onnx/graph.ts';
import type { StaticPlan } from '../../quantize/plan.ts';
import { additiveCosts, firstSample, layerCosts, type Costs } from '../costs.ts';
import { latencyOf } from '../layer-latency.ts';
import type { SearchedFacts } from '../layers.ts';
import type { ShareRequest, ShareTools } from './request.ts';

/** What the models of a chain cost. */
export interface ShareCosts extends Costs {
  /** What channels that go change beside what single layers do: milliseconds, less than 0. `cut`: the float chain without them. */
  narrowed(cut: Model): Promise<number>;
}

/** In the unit of the budget. Throws `search.macs`, `search.latency`. */
export async function shareCosts(
  request: ShareRequest,
  layers: readonly SearchedFacts[],
  plan: StaticPlan | undefined,
  tools: ShareTools,
): Promise<ShareCosts> {
  const { budget, base, judged } = request;
  const { runtime, context } = tools;
  if (budget.kind !== 'latency') return { ...additiveCosts(budget.kind), narrowed: () => Promise.resolve(0) };
  if (!plan || !base) return floatLatency(request, layers, tools);
  const costs = await layerCosts(budget.kind, layers, { variants: tools.variants(judged.model), runtime, context, plan, base, judged });
  const all = layers.reduce((sum, layer) => sum + costs.of(layer, 8), 0);
  return {
    ...costs,
    narrowed: async (cut) => {
      const { model } = await tools.variants(cut).quantized({ settings: { weights: 8, round: 'nearest' }, layers: {} }, context);
      return (await costs.real!(model)) - all;
    },
  };
}

/** Of a chain that stays float: only what channels that go save. */
async function floatLatency({ judged }: ShareRequest, layers: readonly SearchedFacts[], tools: ShareTools): Promise<ShareCosts> {
  const { runtime, context } = tools;
  const sample = await firstSample({ judged, context });
  const all = await latencyOf(judged.model, sample, runtime, context);
  // Beside the unchanged chain again: machines drift.
  const real = async (model: Model): Promise<number> => {
    const before = await latencyOf(judged.model, sample, runtime, context);
    return (all * (await latencyOf(model, sample, runtime, context))) / before;
  };
  return {
    of: () => all / layers.length,
    real,
    narrowed: async (cut) => (await real(cut)) - all,
    notes: [
      `Latency was measured here with ${context.threads} thread${context.threads === 1 ? '' : 's'}: ${all.toFixed(3)} ms for the whole chain.`,
    ],
  };
}
