import type { Model } from '../onnx/graph.ts';
import type { LayerCost } from '../ops/cost.ts';
import type { Shapes } from '../ops/infer.ts';
import { layerBits, type LayerBits } from '../ops/measure/bits.ts';
import type { OverlayView } from '../../protocol/view.ts';

/** What an overlay that needs no run is computed from. */
export interface OverlaySource {
  readonly model: Model;
  readonly shapes: Shapes;
  /** One for each layer, in the order of `ModelView.layers`. */
  readonly layers: readonly LayerCost[];
  /** By layer; worked out at the first call, for several overlays show them. */
  bits(): readonly LayerBits[];
}

/** `shapes` and `layers` are those of `model`. */
export function overlaySource(model: Model, shapes: Shapes, layers: readonly LayerCost[]): OverlaySource {
  let bits: readonly LayerBits[] | undefined;
  return { model, shapes, layers, bits: () => (bits ??= layerBits(shapes.forOnePicture(model).root)) };
}

/** Figures by layer that follow from the model alone. One file each, and one line in `index.ts`. */
export interface StaticOverlay {
  readonly id: string;
  /** Undefined where the model has nothing to show by it. */
  of(source: OverlaySource): OverlayView | undefined;
}
