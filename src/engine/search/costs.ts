import type { SearchBudget } from '../../protocol/job.ts';
import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import type { LoadedSample } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { QuantizeRequest } from '../quantize/types.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { bitOperationsOf, bytesOf, macsOf, type Width } from './budget.ts';
import type { JudgeRequest } from './judge.ts';
import { kernelOf, latencyOf, layerLatencies, type Kernel } from './layer-latency.ts';
import type { SearchedFacts } from './layers.ts';
import type { Variants } from './variants.ts';

export interface Costs {
  of(layer: SearchedFacts, width: Width): number;
  /** What a mix of widths, quantized, costs in fact, where that is not the sum of what its layers do. */
  real?(model: Model): Promise<number>;
  /** What the reader must know of them. */
  readonly notes: readonly string[];
}

export interface CostTools {
  readonly variants: Variants;
  readonly runtime: Runtime;
  readonly context: Context;
  readonly plan: StaticPlan;
  readonly base: QuantizeRequest;
  readonly judged: JudgeRequest;
}

/** What each layer costs at each width, in the unit of the budget. Throws `search.macs`, `search.latency`. */
export const layerCosts = async (kind: SearchBudget['kind'], layers: readonly SearchedFacts[], tools: CostTools): Promise<Costs> =>
  kind === 'latency' ? latencyCosts(layers, tools) : additiveCosts(kind);

/** Costs that follow from what a layer is. */
export const additiveCosts = (kind: Exclude<SearchBudget['kind'], 'latency'>): Costs => ({ of: additive[kind], notes: [] });

/** An allowed loss is looked for with the fewest bytes. */
const additive = { bytes: bytesOf, drop: bytesOf, macs: macsOf, 'bit-operations': bitOperationsOf };

async function latencyCosts(layers: readonly SearchedFacts[], tools: CostTools): Promise<Costs> {
  const { base, context } = tools;
  const { storage } = base.settings;
  if (!base.target.name.startsWith('cpu')) {
    throw new LatheError('search.latency', `latency is measured on this machine's processor, and the target is ${base.target.name}`, {
      hint: 'Give --bit-operations or --bytes.',
    });
  }
  const open = layers.filter(({ fixed }) => !fixed);
  const kernels = [...new Set(open.flatMap(({ own }) => own.map((width) => kernelOf(width, storage))))];
  const others = kernels.filter((kernel): kernel is Exclude<Kernel, 'integer'> => kernel !== 'integer');
  const sample = await firstSample(tools);
  const make = async (layer: string | undefined, kernel: Kernel): Promise<Model> => {
    const width = open[0]!.own.find((one) => kernelOf(one, storage) === kernel) ?? 8;
    const own = layer === undefined ? {} : { [layer]: kernel === 'wide' ? { weights: width, activations: width } : { weights: width } };
    return (await tools.variants.quantized({ settings: { weights: 8 }, layers: own }, context)).model;
  };
  const { all, added } = await layerLatencies({ layers: open.map(({ name }) => name), kernels: others, make, sample }, tools);
  const unchanged = await make(undefined, 'integer');
  const share = all / layers.length;
  return {
    of: ({ name }, width) => share + (added.get(name)?.get(kernelOf(width, storage)) ?? 0),
    // Beside the unchanged model again: machines drift.
    real: async (model) => {
      const before = await latencyOf(unchanged, sample, tools.runtime, context);
      return (all * (await latencyOf(model, sample, tools.runtime, context))) / before;
    },
    notes: [
      `Latency was measured here with ${context.threads} thread${context.threads === 1 ? '' : 's'}: ${all.toFixed(3)} ms with every layer at 8 bits.`,
      ...(kernels.length < 2
        ? [
            'All widths asked for run on the same integer kernels of this processor: none is faster than another, so the least error decides.',
          ]
        : ['Widths up to 8 bits run on the same integer kernels of this processor: they differ in size and error, not in speed.']),
    ],
  };
}

export async function firstSample({ judged, context }: Pick<CostTools, 'judged' | 'context'>): Promise<LoadedSample> {
  for await (const sample of judged.dataset.stream({ signal: context.signal, to: 1 })) return sample;
  throw new LatheError('data.empty', 'there are no pictures to time the model with', { file: judged.dataset.path });
}
