import { DataType } from '../onnx/data-type.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';

/**
 * Exporters store equal constants once: all scales of batch normalization that are still one, say. Layers that share a vector (scale, shift, bias, statistics) but no
 * matrix or filter get one each, in place, so that training can tell them apart; layers that share their weights stay tied.
 */
export function untieVectors(graph: Graph): void {
  for (const [name, tensor] of [...graph.initializers]) {
    if (!isVector(tensor) || graph.isInput(name)) continue;
    for (const { node, index } of graph.users(name).slice(1)) {
      if (node.inputs[index] !== name || sharesWeights(graph, node)) continue;
      const own = graph.uniqueName(name);
      graph.initializers.set(own, tensor);
      graph.setInput(node, index, own);
    }
  }
}

/** One element counts where it is a list of one: the bias of a score. */
const isVector = ({ type, dims }: Tensor): boolean =>
  type === DataType.float32 && (dims.length === 1 || dims.filter((dim) => dim > 1).length === 1);

const sharesWeights = (graph: Graph, node: Node): boolean =>
  node.inputs.some((input) => {
    const tensor = graph.initializers.get(input);
    return tensor !== undefined && tensor.size > 1 && !isVector(tensor) && graph.users(input).length > 1;
  });
