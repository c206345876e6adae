import { statSync } from 'node:fs';
import type { Model } from '../onnx/graph.ts';
import { modelCost } from '../ops/cost.ts';
import { inferShapes } from '../ops/infer.ts';

export interface ModelSize {
  /** The model file and the files its weights lie in. */
  readonly bytes: number;
  /** All weights as stored. */
  readonly weightBytes: number;
  /** Largest amount of activations alive at once, for one picture; null while dimensions are free. */
  readonly peakActivationBytes: number | null;
}

/** Size of a scanned model. */
export function modelSize(path: string, model: Model): ModelSize {
  const { weightBytes, peakActivationBytes } = modelCost(model, inferShapes(model));
  return { bytes: fileBytes(path, model), weightBytes, peakActivationBytes };
}

/** Bytes of the file, and of the files its weights lie in. */
export function fileBytes(path: string, model: Model): number {
  const outside = new Set<string>();
  for (const { source } of model.graph.initializers.values()) {
    if (source.kind === 'file' && source.external) outside.add(source.path);
  }
  return [path, ...outside].reduce((sum, file) => sum + statSync(file).size, 0);
}
