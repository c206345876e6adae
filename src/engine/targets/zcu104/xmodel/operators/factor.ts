import type { Node } from '../../../../onnx/graph.ts';
import { factorOf } from '../../fusing.ts';
import { storedShape } from '../layout.ts';
import type { Writing } from '../export.ts';

/**
 * An operator that the DPU computes up to a constant factor: `<name>_i0`, a constant `<name>_i1`, and `<name>` the product of both. A Mul with that factor
 * which stands in the model already is this product.
 */
export function scaled(writing: Writing, node: Node, type: string, attributes: Parameters<Writing['simple']>[2], factor: number): void {
  const { builder, graph } = writing;
  const shape = storedShape(writing.dims(node.outputs[0]!));
  const inner = builder.op(type, `${node.label}_i0`, { input: [writing.op(node.inputs[0]!)] }, shape, attributes);
  const next = graph.users(node.outputs[0]!);
  const following = next.length === 1 && !graph.isOutput(node.outputs[0]!) ? next[0]!.node : undefined;
  const product = following?.op === 'Mul' && factorOf(graph, following) !== undefined ? following : undefined;
  const constant = builder.constant(`${node.label}_i1`, [1], [product ? factorOf(graph, product)! : factor]);
  const op = builder.op('mul', node.label, { input: [inner, constant] }, shape);
  writing.made(node, op);
  if (!product) return;
  writing.made(product, op);
  writing.done(product);
}
