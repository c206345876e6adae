import { attributes, type Model, Node } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { gradientDomain } from '../../../src/engine/ops/gradient/rule.ts';

/** Quantizers with learned scales before every Conv and Gemm: weights by channel, activations (but the picture) by tensor. */
export function addFakeQuantizers(model: Model, bits: number): void {
  const { graph } = model;
  const made = new Map<string, string>();
  const quantized = (value: string, scale: Tensor, range: { low: number; high: number; axis: number }, before: Node): string => {
    const known = made.get(value);
    if (known !== undefined) return known;
    const [scaleName, name] = [graph.uniqueName(`${value}/scale`), graph.uniqueName(`${value}/quantized`)];
    graph.initializers.set(scaleName, scale);
    graph.add(new Node(name, 'FakeQuantize', [value, scaleName], [name], attributes(range), gradientDomain), { before });
    made.set(value, name);
    return name;
  };
  for (const node of [...graph.nodes]) {
    if (node.op !== 'Conv' && node.op !== 'Gemm') continue;
    const weight = graph.initializers.get(node.inputs[1]!)!;
    const high = 2 ** (bits - 1) - 1;
    const scales = Tensor.float32([weight.dims[0]!], largest(weight).map((value) => value / high)); // prettier-ignore
    graph.setInput(node, 1, quantized(node.inputs[1]!, scales, { low: -high, high, axis: 0 }, node));
    if (graph.isInput(node.inputs[0]!)) continue;
    const levels = 2 ** bits - 1;
    graph.setInput(node, 0, quantized(node.inputs[0]!, Tensor.float32([], [4 / levels]), { low: 0, high: levels, axis: -1 }, node));
  }
  model.opsets.set(gradientDomain, 1);
}

/** The largest magnitude of each row. */
function largest(weight: Tensor): Float32Array {
  const values = weight.typed() as Float32Array;
  const rows = weight.dims[0]!;
  const size = values.length / rows;
  return Float32Array.from({ length: rows }, (_, row) => values.subarray(row * size, (row + 1) * size).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-8));
} // prettier-ignore
