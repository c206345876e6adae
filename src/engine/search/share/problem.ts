import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import type { StaticPlan } from '../../quantize/plan.ts';
import type { QuantizeRequest } from '../../quantize/types.ts';
import type { Width } from '../budget.ts';
import { otherLayers, roundedLayers, type SearchedFacts } from '../layers.ts';
import type { NarrowTrial, WidthTrial } from './curves.ts';
import type { ShareCosts } from './costs.ts';
import type { Option } from './fronts.ts';
import { modelOf } from './request.ts';
import { narrowedLayer, sizesOf, type Sizes } from './sizes.ts';

/** All layers that cost anything, by place of the model; those that no width is open for are among them. */
export type LayersByModel = readonly (readonly SearchedFacts[])[];

/** Throws `search.nothing` where neither widths nor channels are open. */
export function layersByModel(
  model: Model,
  models: readonly string[],
  {
    plan,
    base,
    widths,
    narrows,
  }: { plan: StaticPlan | undefined; base: QuantizeRequest | undefined; widths: readonly Width[]; narrows: boolean },
): LayersByModel {
  const rounded = plan && base ? roundedLayers(plan, base, widths) : [];
  if (!narrows && rounded.every(({ fixed }) => fixed)) {
    throw new LatheError('search.nothing', 'there is no layer whose width is open, and no channel may go', {
      file: model.path,
      hint: 'Add `quantize` or `prune` to the steps, or fix fewer widths under `layers`.',
    });
  }
  const others = otherLayers(plan?.model ?? model, new Set(rounded.map(({ name }) => name)));
  return models.map((_, place) => [...rounded, ...others].filter(({ name }) => modelOf(name, models) === place));
}

/** What is known of one model. */
export interface MeasuredModel {
  readonly layers: readonly SearchedFacts[];
  /** By layer and width: noise over signal of the answer of the whole with this layer alone rounded. */
  readonly errorAt: (layer: string, width: Width) => number;
  readonly widths: readonly WidthTrial[];
  readonly narrow: readonly NarrowTrial[];
}

/** Beyond so much noise over signal an answer can hardly get worse: what is measured there says nothing of sums. */
const saturated = 0.1;

/** So much and no more curves may correct sums. */
const mostCorrection = 4;

/**
 * What can be done to a model: first nothing, then each part of its channels gone, each with all widths of its layers. Errors of layers add up only roughly: they are scaled by what
 * all layers of the model together were measured to cost, by one factor for all widths, so that which layers go first is left to what was measured of them.
 */
export function optionsOf({ layers, errorAt, widths, narrow }: MeasuredModel, whole: Model, costs: ShareCosts): Option[] {
  const before = sizesOf(whole);
  const factor = correction(layers, errorAt, widths);
  const option = (after: Sizes | undefined, { cost, error }: Pick<Option, 'cost' | 'error'>): Option => ({
    cost,
    error,
    layers: layers.map((layer) => {
      const left = after ? narrowedLayer(layer, before, after) : layer;
      return layer.own.map((width) => ({ cost: costs.of(left, width), error: errorAt(layer.name, width) * factor }));
    }),
  });
  return [
    option(undefined, { cost: 0, error: 0 }),
    ...narrow.map(({ sizes, narrowed, score }) => option(sizes, { cost: narrowed, error: score.noise })),
  ];
}

/** Geometric mean over widths of what was measured of all layers by the sum of what was measured of each. */
function correction(layers: readonly SearchedFacts[], errorAt: MeasuredModel['errorAt'], widths: readonly WidthTrial[]): number {
  const logs = widths.flatMap(({ weights, score }) => {
    const sum = layers.reduce((total, { name, fixed }) => total + (fixed ? 0 : errorAt(name, weights)), 0);
    const log = Math.log(score.noise / sum);
    return Number.isFinite(log) && score.noise < saturated ? [log] : [];
  });
  const mean = logs.length ? Math.exp(logs.reduce((total, log) => total + log, 0) / logs.length) : 1;
  return Math.min(mostCorrection, Math.max(1 / mostCorrection, mean));
}

/** What a model takes with every open layer at 8 bits and all its channels. */
export const uniform8Of = (layers: readonly SearchedFacts[], costs: ShareCosts): number =>
  layers.reduce((sum, layer) => sum + costs.of(layer, layer.fixed ? layer.own[0]! : 8), 0);
