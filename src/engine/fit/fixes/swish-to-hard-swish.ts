import type { Graph, Node } from '../../onnx/graph.ts';
import { soleReader } from '../../simplify/edit.ts';
import { replaceNode } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';

/** max |x sigmoid(x) - x clip(x / 6 + 1/2, 0, 1)|, at x = ±3. */
const largestError = 0.1423;

export const swishToHardSwish: Fix = {
  id: 'swish-to-hard-swish',
  title: 'Replace SiLU by HardSwish and retrain',
  effect: 'changed',
  finds: 'x · Sigmoid(x), whose Sigmoid nothing else reads, and Swish of slope 1.',
  does: 'HardSwish, off by at most 0.1423.',
  source: 'vai_q_pytorch 3.5, Quant_Config.md, convert_silu_to_hswish; otherwise every SiLU is a sub-graph on the CPU.',
  match(node, scope) {
    const { graph, model } = scope;
    const found = siluAt(node, graph);
    if (!found || model.opset < 14 || !isFloat32(scope, node.outputs[0])) return undefined;
    return {
      nodes: [node.label, ...(found.sigmoid ? [found.sigmoid.label] : [])],
      message: 'SiLU becomes HardSwish',
      bound: { value: largestError },
      apply() {
        replaceNode(graph, node, 'HardSwish', [found.value]);
        if (found.sigmoid) graph.remove(found.sigmoid);
        return undefined;
      },
    };
  },
};

/** The SiLU that ends in a node: a product with the Sigmoid of its other factor, or the operator of opset 24. */
export function siluAt(node: Node, graph: Graph): { value: string; sigmoid?: Node } | undefined {
  if (isOp(node, 'Swish') && node.float('alpha', 1) === 1) return { value: node.inputs[0]! };
  if (!isOp(node, 'Mul')) return undefined;
  const [a, b] = node.inputs as [string, string];
  for (const [value, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    // prettier-ignore
    const sigmoid = graph.producer(gate);
    if (isOp(sigmoid, 'Sigmoid') && sigmoid.inputs[0] === value && soleReader(graph, gate) === node) return { value, sigmoid };
  }
  return undefined;
}
