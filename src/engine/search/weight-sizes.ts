import { dataTypeBits } from '../onnx/data-type.ts';
import { Tensor } from '../onnx/tensor.ts';
import { inferShapes } from '../ops/infer.ts';
import { findOperator } from '../ops/index.ts';
import { weightsOf } from '../ops/measure/weights.ts';
import type { Model, Node } from '../onnx/graph.ts';
import type { QuantizeResult } from '../quantize/types.ts';

/** Bits of a weight that nothing has quantized. */
export const floatBits = 32;

/** Weights of the convolutions and matrix products of a model, quantized or not; biases are not among them. */
export function weightTensors(model: Model): Map<Node, Tensor[]> {
  const { root } = inferShapes(model);
  const found = new Map<Node, Tensor[]>();
  for (const node of root.nodes) {
    if (findOperator(node, model)?.quantize?.kind !== 'compute') continue;
    const tensors = weightsOf(root, node).map(({ identity }) => identity);
    found.set(
      node,
      tensors.filter((tensor): tensor is Tensor => tensor instanceof Tensor && tensor.dims.length > 1),
    );
  }
  return found;
}

/** Packed bytes of a quantized model's weights: each in the bits it uses, whatever it is stored in. */
export function packedBytes({ model, layers }: QuantizeResult): number {
  const bits = new Map(layers.map(({ name, weights }) => [name, weights?.bits]));
  const used = (node: Node, tensor: Tensor): number => bits.get(node.label) ?? dataTypeBits(tensor.type) ?? floatBits;
  const total = [...weightTensors(model)].reduce(
    (sum, [node, tensors]) => sum + tensors.reduce((inner, tensor) => inner + tensor.size * used(node, tensor), 0),
    0,
  );
  return Math.ceil(total / 8);
}
