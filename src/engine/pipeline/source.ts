import { checkRunnable } from '../onnx/check.ts';
import { readModel } from '../onnx/file.ts';
import type { Model } from '../onnx/graph.ts';
import { layerCosts, type LayerCost } from '../ops/cost.ts';
import { inferShapes } from '../ops/infer.ts';
import { hashModel, type HashedFile } from './hash.ts';

/** The recipe's model as it was given. */
export interface Source {
  readonly path: string;
  readonly file: HashedFile;
  /** Not changed by anyone: steps read their own. */
  readonly model: Model;
  /** One row for each of its layers, in order, under the names that the recipe uses. */
  readonly layers: readonly LayerCost[];
}

/** Throws `model.*`, `graph.*`, `file.read`. */
export async function openSource(path: string): Promise<Source> {
  const model = await readModel(path);
  checkRunnable(model);
  return { path, model, file: await hashModel(path), layers: layerCosts(model, inferShapes(model)) };
}
