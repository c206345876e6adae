import { throwIfCancelled } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Bounds } from '../../statistics/moment-graph.ts';
import { MomentProbe, type LayerSample } from '../../statistics/moment-probe.ts';
import { SecondMoment, type ProductShape } from '../../statistics/second-moment.ts';
import { layerConstants } from '../layer-weights.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import { rangeOf } from '../scheme.ts';
import { roundOnMoment } from './round-layer.ts';
import type { RoundedLayer } from './rounding.ts';
import { TensorStore, type MemoryBudget, type Tensors } from './tensor-store.ts';

/** Positions of a layer's output that are looked at: in each picture, and in all of them where they are few. */
const positionsEach = 256;
const positionsInAll = 51_200;

/** How often a layer is rounded anew for what the activation behind it lets through. */
const clampedPasses = 2;

/** A layer to be rounded. */
export interface WalkLayer {
  readonly integer: IntegerNode;
  /** Of its weights. */
  readonly dims: readonly number[];
  readonly shape: ProductShape;
  readonly nearest: RoundedLayer;
}

/**
 * The rounding of one layer: takes samples of what it reads and should give, and solves. Where an activation behind the layer cuts its
 * output off, what is cut off is then left out of the error: the target becomes what the layer computes wherever both are beyond the
 * bound, and the layer is rounded again, from where it is (majorization: the error behind the activation only falls).
 */
export class LayerWork {
  readonly #moment: SecondMoment;
  readonly #probe: MomentProbe;
  readonly #kept: TensorStore | undefined;

  constructor(
    readonly plan: StaticPlan,
    readonly layer: WalkLayer,
    readonly bounds: Bounds | undefined,
    budget: MemoryBudget,
  ) {
    const { runtime, context, dataset } = plan.dependencies;
    this.#moment = new SecondMoment(layer.shape, reachOf(plan, layer));
    this.#kept = bounds && new TensorStore(budget);
    const kept = this.#kept;
    this.#probe = new MomentProbe({
      node: layer.integer.node,
      dims: layer.dims,
      moment: this.#moment,
      positions: Math.max(positionsEach, Math.ceil(positionsInAll / dataset!.samples.length)),
      ...(kept && { keep: ({ input, target, offset }) => kept.add({ input, target, ...(offset && { offset }) }) }),
      runtime,
      context,
    });
  }

  add(sample: LayerSample, index: number): Promise<void> {
    return this.#probe.add(sample, index);
  }

  async finish(): Promise<RoundedLayer> {
    await this.#probe.finish();
    const { integer, nearest } = this.layer;
    let found = await roundOnMoment(this.plan, integer, nearest, this.#moment);
    const { before, power } = found.loss;
    for (let pass = 0; this.bounds && pass < clampedPasses; pass++) {
      const { groups, outputs, depth } = this.layer.shape;
      const weights = { type: DataType.float32, dims: [groups, outputs, depth], data: found.real.weights };
      const bias = { type: DataType.float32, dims: [groups, outputs, 1], data: found.real.bias };
      this.#moment.target = await this.#probe.behindClamp(this.bounds, weights, bias, this.#samples());
      found = await roundOnMoment(this.plan, integer, found.layer, this.#moment);
    }
    const share = (loss: number): number => (power > 0 ? Math.max(0, loss) / power : 0);
    return { ...found.layer, loss: { before: share(before), after: share(found.loss.after) } };
  }

  async dispose(): Promise<void> {
    await this.#probe.dispose();
    await this.#kept?.dispose();
  }

  async *#samples(): AsyncIterable<LayerSample> {
    for (let i = 0; i < this.#kept!.length; i++) {
      throwIfCancelled(this.plan.dependencies.context.signal);
      yield (await this.#kept!.read(i)) as Tensors & LayerSample;
    }
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
