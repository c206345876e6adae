import { soleReader } from '../../simplify/edit.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import type { Node } from '../../onnx/graph.ts';
import { replaceNode } from '../build.ts';
import { isFloat32, isOp, type Fix, type FitScope } from '../fix.ts';
import { byNumber, clippedShift, dividesBySix, hardSigmoidAttributes } from '../hard.ts';

export const hardSigmoidPattern: Fix = {
  id: 'hard-sigmoid-pattern',
  title: 'Write it as one HardSigmoid',
  effect: 'exact',
  finds: 'Add 3, Clip 0 … 6, Div by 6 (or Mul by 1/6), and Clip 0 … 1 of x / 6 + 1/2, each read by the next alone.',
  does: 'HardSigmoid of slope 1/6 and offset 1/2.',
  source: 'DPUCZDX8G_ISA1_B4096.prototxt, ALU type hsigmoid; the DPU has no division.',
  match(node, scope) {
    if (!isFloat32(scope, node.outputs[0])) return undefined;
    const found = ended(node, scope) ?? clippedLine(node, scope);
    if (!found) return undefined;
    return {
      nodes: [node.label, ...found.nodes.map(({ label }) => label)],
      message: `${found.nodes.length + 1} nodes are HardSigmoid(1/6, 1/2)`,
      apply() {
        replaceNode(scope.graph, node, 'HardSigmoid', [found.value], hardSigmoidAttributes());
        scope.graph.remove(...found.nodes);
        return undefined;
      },
    };
  },
};

/** clip(x + 3, 0, 6) / 6 */
function ended(node: Node, { graph }: FitScope): { nodes: Node[]; value: string } | undefined {
  const clipped = dividesBySix(graph, node);
  const before = clipped === undefined ? undefined : clippedShift(graph, clipped);
  return before && soleReader(graph, clipped!) === node ? before : undefined;
}

/** clip(x / 6 + 1/2, 0, 1) */
function clippedLine(node: Node, { graph }: FitScope): { nodes: Node[]; value: string } | undefined {
  const bounds = isOp(node, 'Clip') ? clampBounds(node, graph) : undefined;
  if (bounds?.low !== 0 || bounds.high !== 1) return undefined;
  const add = graph.producer(node.inputs[0]!);
  const shifted = byNumber(graph, add, 'Add');
  const scale = shifted && graph.producer(shifted.value);
  const value = scale && dividesBySix(graph, scale);
  if (shifted?.number !== 0.5 || !value || soleReader(graph, node.inputs[0]!) !== node) return undefined;
  return soleReader(graph, shifted.value) === add ? { nodes: [scale, add!], value } : undefined;
}
