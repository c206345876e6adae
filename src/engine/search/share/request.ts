import type { SearchBudget } from '../../../protocol/job.ts';
import type { Context } from '../../base/context.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Removal } from '../../prune/groups/types.ts';
import type { QuantizeRequest } from '../../quantize/types.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Width } from '../budget.ts';
import type { JudgeRequest } from '../judge.ts';
import type { Variants } from '../variants.ts';

export interface ShareRequest {
  readonly budget: SearchBudget;
  /** Widths that layers may get, rising, `float` last. */
  readonly widths: readonly Width[];
  /** How what is left is rounded; absent: it stays float. */
  readonly base?: QuantizeRequest;
  readonly judged: JudgeRequest;
  /** The models in the order in which they run; one without a name where there is no chain. */
  readonly models: readonly string[];
}

/** What may be taken away of the channels. */
export interface Narrowing {
  /** Parts of its channels that a model may lose, rising, above 0. */
  readonly ratios: readonly number[];
  /** Which channels of one model go. Throws what the criterion throws. */
  removal(model: string, ratio: number): Promise<Removal>;
  /** The whole without them, what is left making up for it. `few`: on so few pictures as rank it the same. */
  without(removal: Removal, pictures: 'few' | 'all'): Promise<Model>;
  /** Channels of the layers that lose some. */
  channels(removal: Removal): readonly { readonly name: string; readonly before: number; readonly after: number }[];
  /** In sentences. */
  readonly notes: readonly string[];
}

export interface ShareTools {
  readonly runtime: Runtime;
  readonly context: Context;
  /** Quantized copies of the float chain, or of what is left of it. */
  readonly variants: (model: Model) => Variants;
  readonly narrowing?: Narrowing;
}

/** The model of a chain that a layer belongs to, by place: its own, or the one that a conversion leads to. */
export function modelOf(layer: string, models: readonly string[]): number {
  const own = models.findIndex((alias) => layer.startsWith(`${alias}:`) || layer.startsWith(`seam:${alias}/`));
  return Math.max(0, own);
}
