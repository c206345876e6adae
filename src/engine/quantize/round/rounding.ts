import type { Node } from '../../onnx/graph.ts';
import type { QuantizedBias } from '../bias.ts';
import type { LayerWeights } from '../layer-weights.ts';
import type { StaticPlan } from '../plan.ts';

/** A layer's constants as integers. */
export interface RoundedLayer extends LayerWeights {
  /** undefined: the layer has no bias and needs none. */
  readonly bias: QuantizedBias | undefined;
  /** Mean squared error of its output over its mean square, against plain rounding (`before`); where that was looked at. */
  readonly loss?: { readonly before: number; readonly after: number };
  /** Why it was not rounded in the way that was asked for. */
  readonly note?: string;
}

/** One way to round the weights of layers that run on integers: value of the setting `round`. */
export interface Rounding {
  readonly name: string;
  /** Layers of `plan.placement.integerNodes` that ask for it, by node; those without constant weights are left out. */
  round(plan: StaticPlan, nodes: ReadonlySet<Node>): Promise<ReadonlyMap<Node, RoundedLayer>>;
}
