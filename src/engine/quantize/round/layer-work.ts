import type { LayerSample } from '../../statistics/layer-sample.ts';
import { MomentProbe } from '../../statistics/moment-probe.ts';
import { SecondMoment, type ProductShape } from '../../statistics/second-moment.ts';
import { layerConstants } from '../layer-weights.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import { rangeOf } from '../scheme.ts';
import { roundOnMoment } from './round-layer.ts';
import type { RoundedLayer } from './rounding.ts';

/** Positions of a layer's output that are looked at: in all pictures, and at least in each. */
const positionsInAll = 51_200;
const positionsEach = 96;

/** A layer to be rounded. */
export interface WalkLayer {
  readonly integer: IntegerNode;
  /** Of its weights. */
  readonly dims: readonly number[];
  readonly shape: ProductShape;
  readonly nearest: RoundedLayer;
}

/** The rounding of one layer: takes samples of what it reads and should give, then solves. */
export class LayerWork {
  readonly #moment: SecondMoment;
  readonly #probe: MomentProbe;

  constructor(
    readonly plan: StaticPlan,
    readonly layer: WalkLayer,
  ) {
    const { runtime, context, dataset } = plan.dependencies;
    this.#moment = new SecondMoment(layer.shape, reachOf(plan, layer));
    const positions = Math.max(positionsEach, Math.ceil(positionsInAll / dataset!.samples.length));
    this.#probe = new MomentProbe({ node: layer.integer.node, dims: layer.dims, moment: this.#moment, positions, runtime, context });
  }

  /** `index`: the picture's place in the dataset. */
  add(sample: LayerSample, index: number): Promise<void> {
    return this.#probe.add(sample, index);
  }

  async finish(): Promise<RoundedLayer> {
    await this.#probe.finish();
    return roundOnMoment(this.plan, this.layer.integer, this.layer.nearest, this.#moment);
  }

  dispose(): Promise<void> {
    return this.#probe.dispose();
  }
}

/** Bounds of |x| and |y| that do not depend on the pictures, for the resolution of the sums. */
function reachOf({ model, schemes }: StaticPlan, { integer, shape }: WalkLayer): { input: number; target: number } {
  const constants = layerConstants(integer.node, integer.compute!, model.graph);
  const { low, high } = rangeOf(schemes.get(integer.node.inputs[integer.compute!.role.activation]!)!);
  const input = Math.max(-low, high);
  const largest = constants.weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const offset = constants.bias?.reduce((a, b) => Math.max(a, Math.abs(b)), 0) ?? 0;
  return { input, target: offset + largest * input * shape.depth };
}
