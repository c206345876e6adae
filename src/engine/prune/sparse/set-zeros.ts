import type { Graph } from '../../onnx/graph.ts';
import type { Zeros } from './choose-zeros.ts';
import { replaceConstant, withZeros } from './stored-numbers.ts';
import type { WeightSite } from './weight-sites.ts';

/** Puts zeros into the stored tensors, as copies: quantized weights get their zero point. */
export function setZeros(graph: Graph, sites: readonly WeightSite[], zeros: Zeros): void {
  for (const { tensor: name, zeroAt } of sites) {
    const [marked, tensor] = [zeros.get(name), graph.constant(name)];
    if (marked && tensor) replaceConstant(graph, name, withZeros(tensor, marked, zeroAt));
  }
}
