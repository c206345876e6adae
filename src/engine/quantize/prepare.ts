import type { Model } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import type { QuantizeDependencies } from './types.ts';

/** What every method does first. */
export async function prepareModel(model: Model, _: QuantizeDependencies): Promise<{ notes: string[]; shapes: Shapes }> {
  return { notes: [], shapes: inferShapes(model) };
}
