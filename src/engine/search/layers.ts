import type { StaticPlan } from '../quantize/plan.ts';
import type { QuantizeRequest } from '../quantize/types.ts';
import { layerCosts } from '../ops/cost.ts';
import { inferShapes } from '../ops/infer.ts';
import { LatheError } from '../base/errors.ts';
import { dataTypeBits } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { floatBits, weightTensors } from './weight-sizes.ts';
import type { LayerFacts, Width } from './budget.ts';

/** A layer that widths are searched for, or that counts beside them. */
export interface SearchedFacts extends LayerFacts {
  readonly op: string;
  readonly parameters: number;
  /** Widths it may get, as asked for; one where the recipe has fixed it. */
  readonly own: readonly Width[];
  readonly fixed: boolean;
}

/** The width that the recipe's `layers` give a layer; undefined: none. */
export function fixedWidth(base: QuantizeRequest, name: string): Width | undefined {
  const given = base.layers[name]?.['weights'];
  return typeof given === 'number' || given === 'float' ? given : undefined;
}

/** Layers of a plan with weights that can be rounded, in the order of the graph. Throws `search.nothing` when all widths are fixed. */
export function factsOf(plan: StaticPlan, base: QuantizeRequest, widths: readonly Width[]): SearchedFacts[] {
  const layers = roundedLayers(plan, base, widths);
  if (layers.some(({ fixed }) => !fixed)) return layers;
  throw new LatheError('search.nothing', 'there is no layer whose width is open', {
    file: plan.model.path,
    hint: layers.length ? 'The recipe gives every layer its weights under `layers`: remove those that are to be searched for.' : undefined,
  });
}

/** The same where other things than widths may be open. */
export function roundedLayers({ model, placement, shapes }: StaticPlan, base: QuantizeRequest, widths: readonly Width[]): SearchedFacts[] {
  const costs = new Map(layerCosts(model, shapes).map((cost) => [cost.node, cost]));
  const tensors = weightTensors(model);
  return placement.integerNodes.flatMap(({ node, compute }): SearchedFacts[] => {
    const elements = elementsOf(tensors.get(node));
    if (!compute || elements === 0) return [];
    const fixed = fixedWidth(base, node.label);
    const { activations } = compute.settings;
    const { parameters = elements, macs = null } = costs.get(node) ?? {};
    return [
      {
        name: node.label,
        op: node.qualifiedOp,
        elements,
        parameters,
        macs,
        activations: activations === 'float' ? floatBits : activations,
        own: fixed === undefined ? widths : [fixed],
        fixed: fixed !== undefined,
      },
    ];
  });
}

/** Layers of a model that stay as they are (float, or what integers they are stored in), with weights or multiply-adds of their own. `rounded`: names of the others. */
export function otherLayers(model: Model, rounded: ReadonlySet<string>): SearchedFacts[] {
  const tensors = weightTensors(model);
  return layerCosts(model, inferShapes(model)).flatMap(({ node, label, parameters, macs }): SearchedFacts[] => {
    const own = tensors.get(node) ?? [];
    const elements = elementsOf(own);
    if (rounded.has(label) || (elements === 0 && !macs)) return [];
    const bits = own[0] && dataTypeBits(own[0].type);
    const width: Width = bits !== undefined && bits < floatBits ? bits : 'float';
    return [{ name: label, op: node.qualifiedOp, elements, parameters, macs, activations: floatBits, own: [width], fixed: true }];
  });
}

const elementsOf = (tensors: readonly { readonly size: number }[] = []): number => tensors.reduce((sum, { size }) => sum + size, 0);
