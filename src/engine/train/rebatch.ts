import { Tensor } from '../onnx/tensor.ts';
import type { Model, ValueInfo } from '../onnx/graph.ts';
import { inferShapes } from '../ops/infer.ts';

/**
 * Gives every input a first dimension of `batch`, in place. Shapes that were written for one picture (Reshape to 1×64, value infos, outputs) follow.
 * Throws `model.shape` where the network cannot take that batch.
 */
export function rebatch(model: Model, batch: number): void {
  const { graph } = model;
  const before = inferShapes(model);
  const old = new Set(graph.requiredInputs.map(({ name }) => before.of(name)?.shape?.[0]));
  for (const node of graph.nodes) {
    if (node.op !== 'Reshape' || node.domain !== '') continue;
    const shape = graph.constant(node.inputs[1] ?? '');
    const first = before.of(node.inputs[0] ?? '')?.shape?.[0];
    if (!shape?.isLoaded || !old.has(first)) continue;
    const dims = shape.toIntegers();
    if (dims[0] !== first || dims[0] === batch) continue;
    const name = graph.uniqueName(`${node.inputs[1]}_batch`);
    graph.initializers.set(name, Tensor.int64([dims.length], [batch, ...dims.slice(1)]));
    graph.setInput(node, 1, name);
  }
  graph.inputs = graph.inputs.map((input) => (graph.initializers.has(input.name) ? input : withBatch(input, batch)));
  graph.valueInfo.clear();
  graph.outputs = graph.outputs.map(({ name, type }) =>
    type?.kind === 'tensor' ? { name, type: { kind: 'tensor', elementType: type.elementType } } : { name, type },
  );
}

function withBatch({ name, type }: ValueInfo, batch: number): ValueInfo {
  if (type?.kind !== 'tensor' || !type.shape?.length) return { name, type };
  return { name, type: { ...type, shape: [batch, ...type.shape.slice(1)] } };
}
