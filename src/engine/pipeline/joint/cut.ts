import { ownerOf } from '../../chain/owner.ts';
import type { JointPrune } from '../../joint/inner-settings.ts';
import type { Model } from '../../onnx/graph.ts';
import type { ResolvedStep } from '../../recipe/types.ts';
import { pruneChannels } from '../pruning/prune-channels.ts';
import type { StepOutcome } from '../steps/step.ts';
import { onTuned, type JointChain } from './chain-of.ts';
import { tuneFloat, type Tuning } from './tuning.ts';

/** Removes channels of the tuned models, costs counted over the whole, and trains after each round where the step says so. Throws as the step `prune`. */
export function cutChannels(tuning: Tuning, prune: JointPrune, model: Model): Promise<StepOutcome> {
  const { request, chain, settings } = tuning;
  const step = pruningStep(onTuned(request.step, model, chain), prune, model, chain);
  const inner = { ...tuning, settings: { ...settings, ...prune.finetune } };
  return pruneChannels({ ...request, model, step }, async (cut, title) => (await tuneFloat(inner, cut, title)).curve);
}

/** As the step `prune` has its settings: parts by model are those of its layers. */
export function pruningStep(
  step: ResolvedStep,
  { channels, ...prune }: JointPrune,
  { graph }: Model,
  { composition }: JointChain,
): ResolvedStep {
  const parts = typeof channels === 'object' && !Array.isArray(channels) ? channels : undefined;
  const layers = graph.nodes.map(({ label }): [string, Record<string, unknown>] => {
    const own = step.layers[label] ?? {};
    const part = parts?.[ownerOf(label, composition) ?? ''];
    const isLeftOut = own[step.step] === false || own['prune'] === false || (parts !== undefined && part === undefined);
    return [label, isLeftOut ? { prune: false } : { ...(part === undefined ? {} : { channels: part }), ...own }];
  });
  const isFree = prune.parameters === undefined && prune.macs === undefined && prune.latency === undefined && prune.drop === undefined;
  const own = parts ? (isFree ? { channels: 0 } : {}) : channels === undefined ? {} : { channels };
  return { ...step, settings: { ...prune, ...own }, layers: Object.fromEntries(layers) };
}
