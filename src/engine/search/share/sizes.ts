import type { Model } from '../../onnx/graph.ts';
import type { SearchedFacts } from '../layers.ts';
import { otherLayers } from '../layers.ts';

/** Weights and multiply-adds of layers, by name. */
export type Sizes = ReadonlyMap<string, Pick<SearchedFacts, 'elements' | 'macs'>>;

export const sizesOf = (model: Model): Sizes => new Map(otherLayers(model, new Set()).map((layer) => [layer.name, layer]));

/** A layer as it is without some channels: sizes of the model before and after say which part of it is left. */
export function narrowedLayer<Layer extends SearchedFacts>(layer: Layer, before: Sizes, after: Sizes): Layer {
  const [whole, left] = [before.get(layer.name), after.get(layer.name)];
  if (!whole || !left) return layer;
  const part = (now: number, was: number): number => (was > 0 ? now / was : 1);
  return {
    ...layer,
    elements: Math.round(layer.elements * part(left.elements, whole.elements)),
    macs: layer.macs === null || left.macs === null || whole.macs === null ? layer.macs : layer.macs * part(left.macs, whole.macs),
  };
}
