import { DataType } from '../../onnx/data-type.ts';
import type { Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { setConstant } from '../../simplify/edit.ts';
import type { Chain } from './chain.ts';
import { storedOrder, type Product } from './product.ts';
import type { Solution } from './solve-repair.ts';

/** Below this share of the largest factor, a normalization's channel is too faint to be solved for. */
const faint = 1e-4;

/**
 * Gives the layer its new weights, in place. Behind it a batch normalization takes the offsets, and the means and variances that the layer now
 * has, so that training goes on from the same function whichever statistics it uses.
 */
export function writeRepair(graph: Graph, product: Product, chain: Chain, { weights, offsets, variances, inputMeans }: Solution): void {
  const { node, shape, channels } = product;
  const { follower } = chain;
  const strongest = follower?.factors.reduce((most, factor) => Math.max(most, Math.abs(factor)), 0) ?? 0;
  const isFaint = (row: number): boolean => follower !== undefined && !(Math.abs(follower.factors[row]!) > faint * strongest);
  const own = product.weights.slice();
  for (let row = 0; row < channels; row++) {
    if (isFaint(row)) continue;
    const factor = follower?.factors[row] ?? 1;
    for (let i = row * shape.depth; i < (row + 1) * shape.depth; i++) own[i] = weights[i]! / factor;
  }
  const set = (target: typeof node, index: number, role: string, dims: readonly number[], values: Float64Array): void =>
    setConstant(graph, target, index, role, Tensor.of(DataType.float32, dims, Float32Array.from(values)));
  set(node, 1, 'weight', product.dims, storedOrder(product, own));
  node.attributes.delete('alpha');
  if (!follower) {
    if (node.op === 'MatMul') return;
    set(node, 2, 'bias', [channels], offsets);
    node.attributes.delete('beta');
    return;
  }
  if (follower.node.op === 'Add') {
    const at = follower.node.inputs.findIndex((input) => input !== node.outputs[0]);
    set(follower.node, at, 'bias', [channels], offsets);
    return;
  }
  const epsilon = follower.node.float('epsilon', 1e-5);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => graph.constant(follower.node.inputs[index]!)!.toFloat64());
  for (let row = 0; row < channels; row++) {
    if (isFaint(row)) continue;
    const factor = follower.factors[row]!;
    const part = Math.floor(row / shape.outputs);
    let made = product.bias?.[row] ?? 0;
    for (let i = 0; i < shape.depth; i++) made += own[row * shape.depth + i]! * inputMeans[part]![i]!;
    mean![row] = made;
    variance![row] = variances[row]! / factor ** 2;
    gamma![row] = factor * Math.sqrt(variance![row]! + epsilon);
    beta![row] = offsets[row]! + factor * (made - (product.bias?.[row] ?? 0));
  }
  for (const [at, values] of [gamma, beta, mean, variance].entries()) set(follower.node, at + 1, 'normalization', [channels], values!);
}
