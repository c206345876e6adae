import { throwIfCancelled, LatheError } from '../base/errors.ts';
import type { Context } from '../base/context.ts';
import type { Model } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { foldBatchNormalization } from './fold-batch-normalization.ts';
import { foldChannelArithmetic } from './fold-channel-arithmetic.ts';
import { foldConstants } from './fold-constants.ts';
import { foldPadding } from './fold-padding.ts';
import { foldShapes } from './fold-shapes.ts';
import { mergeConstants } from './merge-constants.ts';
import type { Pass, SimplifyNote } from './pass.ts';
import { removeDeadCode } from './remove-dead-code.ts';
import { removeNoOps } from './remove-no-ops.ts';
import { detachWeights } from './upgrade-opset.ts';

export type { Pass, SimplifyNote } from './pass.ts';

/** Every clean-up pass, in the order in which they run. A new one is one file and a line here. */
export const passes: readonly Pass[] = [
  removeNoOps,
  foldShapes,
  foldConstants,
  foldPadding,
  foldBatchNormalization,
  foldChannelArithmetic,
  mergeConstants,
  removeDeadCode,
];

/** Passes that merge one layer's numbers into another's: a network that is to be trained keeps its layers apart. */
const merging: readonly Pass[] = [foldBatchNormalization, foldChannelArithmetic];

const detachPass = 'detach-weights';

/**
 * Runs the clean-up passes on the main graph, in place, until none finds anything. Outputs stay as they are, up to the rounding of
 * folded weights; inputs and outputs keep their names. Weights that are also listed as inputs become plain constants. Sub-graphs and
 * function bodies are not touched. With `keepLayers` no layer's numbers are merged into another's. Returns what was done, layer by layer. Throws `model.*` for an invalid graph, and Cancelled.
 */
export async function simplify(
  model: Model,
  dependencies: { runtime: Runtime; context: Context },
  options: { readonly keepLayers?: boolean } = {},
): Promise<SimplifyNote[]> {
  const { graph } = model;
  const notes: SimplifyNote[] = detachWeights(model).map((message) => ({ pass: detachPass, layer: graph.name, message }));
  // Every round but the last removes a node or a constant; real models need three or four.
  const most = 10 + graph.nodes.length + graph.initializers.size;
  for (let round = 0; round < most; round++) {
    const before = notes.length;
    for (const pass of passes) {
      if (options.keepLayers && merging.includes(pass)) continue;
      throwIfCancelled(dependencies.context.signal);
      let known: Shapes | undefined;
      const shapes = (): Shapes => (known ??= inferShapes(model));
      notes.push(...(await pass.apply({ model, graph, shapes, ...dependencies })));
    }
    if (notes.length === before) return notes;
  }
  throw new LatheError('simplify.endless', `the clean-up passes did not come to rest in ${most} rounds`, { file: model.path }, 1);
}

/**
 * Where layers of the original model went: old name to the name of the layer that does its work now, and undefined where none
 * does. Layers that stayed as they were are not listed.
 */
export function renamedLayers(notes: readonly SimplifyNote[]): Map<string, string | undefined> {
  const renamed = new Map<string, string | undefined>();
  for (const { pass, layer, into } of notes) {
    // What merges or detaches constants is called by their names, not by layers'.
    if (layer === into || pass === mergeConstants.name || pass === detachPass) continue;
    for (const [old, now] of renamed) if (now === layer) renamed.set(old, into);
    renamed.set(layer, into);
  }
  return renamed;
}
