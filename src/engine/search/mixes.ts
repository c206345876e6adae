import type { Context } from '../base/context.ts';
import { cloneModel } from '../onnx/clone.ts';
import type { Model, Node } from '../onnx/graph.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { variantsAt, writeVariants, type LayerVariant } from '../quantize/variant.ts';
import type { Width } from './budget.ts';
import type { Judge } from './judge.ts';

/**
 * Models of one plan with a width of its own for every layer, put together from layers rounded once for each width. Beside a real
 * quantization they lack what lies between layers (values that no layer with weights reads stay float), and layers that round on their inputs
 * have seen those of equal widths: good for comparing mixes, not for a final figure.
 */
export class Mixes {
  readonly #measured = new Map<string, Promise<number>>();

  private constructor(
    private readonly plan: StaticPlan,
    readonly byWidth: ReadonlyMap<number, ReadonlyMap<Node, LayerVariant>>,
    private readonly judge: Judge,
  ) {}

  /** Memory: the weights once for each width. */
  static async of(plan: StaticPlan, widths: readonly number[], judge: Judge): Promise<Mixes> {
    const { activations } = plan.request.settings;
    const byWidth = new Map<number, ReadonlyMap<Node, LayerVariant>>();
    for (const weights of widths) byWidth.set(weights, await variantsAt(plan, { weights: weights as never, activations }));
    return new Mixes(plan, byWidth, judge);
  }

  /** `widths`: by the layer's name. */
  model(widths: ReadonlyMap<string, Width>): Model {
    const model = cloneModel(this.plan.model);
    const chosen = this.plan.placement.integerNodes.flatMap(({ node }): LayerVariant[] => {
      const width = widths.get(node.label);
      const variant = typeof width === 'number' ? this.byWidth.get(width)?.get(node) : undefined;
      return variant ? [variant] : [];
    });
    writeVariants(model, chosen);
    return model;
  }

  /** Squared error over squared value of the outputs. Each mix is measured once. */
  noise(widths: ReadonlyMap<string, Width>, context: Context): Promise<number> {
    const key = JSON.stringify([...widths]);
    const found = this.#measured.get(key) ?? this.judge.measure(this.model(widths), undefined, context).then(({ noise }) => noise);
    this.#measured.set(key, found);
    return found;
  }
}
