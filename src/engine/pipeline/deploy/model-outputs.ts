import type { Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { RunRequest } from '../../targets/run-plan.ts';

/** The outputs of a model with their sizes for one picture; undefined where those are not known. */
export function modelOutputs(model: Model): RunRequest['outputs'] {
  const shapes = inferShapes(model).forOnePicture(model);
  const outputs = model.graph.outputs.flatMap(({ name }) => {
    const shape = shapes.of(name)?.shape;
    return shape?.every((extent): extent is number => typeof extent === 'number') ? [{ name, shape: [...shape] }] : [];
  });
  return outputs.length === model.graph.outputs.length ? outputs : undefined;
}
