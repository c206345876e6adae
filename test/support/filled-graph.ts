import { seededRandom } from '../../src/engine/base/random.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';

/**
 * Stores random weights in a model whose weights are only said by their shape (ConstantOfShape of a constant): normal, of a size that keeps activations near 1; positive for vectors, so that they
 * serve as variances. The same for equal names.
 */
export function fillWeights(model: Model, seed = 7): Model {
  const { graph } = model;
  for (const node of graph.nodes) {
    const shape = node.op === 'ConstantOfShape' ? graph.constant(node.inputs[0]!) : undefined;
    if (!shape) continue;
    const [name] = node.outputs;
    const dims = shape.toIntegers();
    const random = seededRandom(seed, name!);
    const size = dims.reduce((a, b) => a * b, 1);
    const scale = Math.sqrt(2 / Math.max(1, size / (dims[0] ?? 1)));
    const values = Float32Array.from({ length: size }, () => (dims.length > 1 ? random.normal() * scale : 0.5 + random.next()));
    graph.remove(node);
    graph.initializers.set(name!, Tensor.float32(dims, values));
  }
  graph.prune();
  return model;
}
