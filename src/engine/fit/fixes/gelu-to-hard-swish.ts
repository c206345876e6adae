import type { Graph, Node } from '../../onnx/graph.ts';
import { soleReader } from '../../simplify/edit.ts';
import { emit, replaceNode, scalar } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { byNumber } from '../hard.ts';

/** x Φ(x) is about x sigmoid(1.702 x) (Hendrycks and Gimpel, arXiv:1606.08415), and that x clip(1.702 x / 6 + 1/2, 0, 1). */
const slope = 1.702;
/** max |x Φ(x) - x clip(1.702 x / 6 + 1/2, 0, 1)|, found numerically. */
const largestError = 0.0687;

export const geluToHardSwish: Fix = {
  id: 'gelu-to-hard-swish',
  title: 'Replace GELU by HardSwish and retrain',
  effect: 'changed',
  finds: 'Gelu, and x (1 + Erf(x / √2)) / 2 written out in the order that exporters write it.',
  does: 'HardSwish of 1.702 x, divided by 1.702; the factors mostly go into the layers beside it. Off by at most 0.0687.',
  source: 'No engine has an error function (DPUCZDX8G_ISA1_B4096.prototxt); Hendrycks and Gimpel, arXiv:1606.08415.',
  match(node, scope) {
    const { graph, model } = scope;
    const found = model.opset >= 14 && isFloat32(scope, node.outputs[0]) ? (one(node) ?? written(graph, node)) : undefined;
    if (!found) return undefined;
    return {
      nodes: [node.label, ...found.nodes.map(({ label }) => label)],
      message: 'GELU becomes HardSwish between two factors',
      bound: { value: largestError },
      apply() {
        const { label } = node;
        const wide = emit(graph, `${label}/scale`, 'Mul', [found.value, scalar(graph, `${label}/scale/factor`, slope)]);
        const swish = emit(graph, `${label}/swish`, 'HardSwish', [wide]);
        replaceNode(graph, node, 'Mul', [swish, scalar(graph, `${label}/factor`, 1 / slope)]);
        graph.remove(...found.nodes);
        return undefined;
      },
    };
  },
};

interface Written {
  readonly nodes: readonly Node[];
  readonly value: string;
}

const one = (node: Node): Written | undefined => (isOp(node, 'Gelu') ? { nodes: [], value: node.inputs[0]! } : undefined);

/** (x (Erf(x / √2) + 1)) · 1/2, as PyTorch exports it. */
function written(graph: Graph, node: Node): Written | undefined {
  const half = byNumber(graph, node, 'Mul');
  const product = half?.number === 0.5 ? graph.producer(half.value) : undefined;
  if (!product || !isOp(product, 'Mul') || soleReader(graph, half!.value) !== node) return undefined;
  const [a, b] = product.inputs as [string, string];
  for (const [value, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    // prettier-ignore
    const add = graph.producer(gate);
    const shifted = byNumber(graph, add, 'Add');
    const erf = shifted?.number === 1 ? graph.producer(shifted.value) : undefined;
    const scale = erf && isOp(erf, 'Erf') ? graph.producer(erf.inputs[0]!) : undefined;
    if (!scale || throughRoot(graph, scale) !== value) continue;
    const chain = [scale, erf!, add!];
    if (chain.every((each, i) => soleReader(graph, each.outputs[0]!) === (chain[i + 1] ?? product)))
      return { nodes: [...chain, product], value };
  }
  return undefined;
}

/** What a node divides by the root of 2. */
function throughRoot(graph: Graph, node: Node): string | undefined {
  const divided = byNumber(graph, node, 'Div');
  if (divided && Math.abs(divided.number - Math.SQRT2) < 1e-4) return divided.value;
  const multiplied = byNumber(graph, node, 'Mul');
  return multiplied && Math.abs(multiplied.number - Math.SQRT1_2) < 1e-4 ? multiplied.value : undefined;
}
