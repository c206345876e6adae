import type { Context } from '../../base/context.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { simplify } from '../../simplify/index.ts';
import { untieVectors } from '../../train/untie.ts';
import { upgradeOpset } from '../../simplify/upgrade-opset.ts';

/** Opset whose operators the gradient rules are written for. */
const opset = 21;

/**
 * Brings a model into the form that is trained, in place: opset 21, constants folded, every layer's numbers its own. Throws `model.*`, and Cancelled.
 */
export async function prepareModel(model: Model, dependencies: { readonly runtime: Runtime; readonly context: Context }): Promise<void> {
  upgradeOpset(model, opset);
  await simplify(model, dependencies, { keepLayers: true });
  untieVectors(model.graph);
}
