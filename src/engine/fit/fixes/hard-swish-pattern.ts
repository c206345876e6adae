import type { Graph, Node } from '../../onnx/graph.ts';
import { soleReader } from '../../simplify/edit.ts';
import { replaceNode } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { clippedShift, dividesBySix, isBoardHardSigmoid } from '../hard.ts';

export const hardSwishPattern: Fix = {
  id: 'hard-swish-pattern',
  title: 'Write it as one HardSwish',
  effect: 'exact',
  finds: 'x · HardSigmoid(x), x · clip(x + 3, 0, 6) / 6 in any order of its factors, each part read by the next alone.',
  does: 'HardSwish, which the DPU computes in the pass of the convolution before it.',
  source: 'UG1414 3.5, "Currently Supported Operators"; 49 HardSwish on the DPU in the vendor\'s own Inspector reports.',
  match(node, scope) {
    const { graph, model } = scope;
    if (model.opset < 14 || !isOp(node, 'Mul', 'Div') || !isFloat32(scope, node.outputs[0])) return undefined;
    const found = gated(graph, node) ?? productThenSixth(graph, node) ?? sixthInside(graph, node);
    if (!found) return undefined;
    return {
      nodes: [node.label, ...found.nodes.map(({ label }) => label)],
      message: `${found.nodes.length + 1} nodes are one HardSwish`,
      apply() {
        replaceNode(graph, node, 'HardSwish', [found.value]);
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

/** x · HardSigmoid(x) */
function gated(graph: Graph, node: Node): Written | undefined {
  if (node.op !== 'Mul') return undefined;
  for (const [value, gate] of bothWays(node)) {
    const maker = graph.producer(gate);
    if (maker && isBoardHardSigmoid(maker) && maker.inputs[0] === value && soleReader(graph, gate) === node)
      return { nodes: [maker], value };
  }
  return undefined;
}

/** (x · clip(x + 3, 0, 6)) / 6 */
function productThenSixth(graph: Graph, node: Node): Written | undefined {
  const product = dividesBySix(graph, node);
  const mul = product === undefined ? undefined : graph.producer(product);
  const clipped = isOp(mul, 'Mul') && soleReader(graph, product!) === node ? withClip(graph, mul) : undefined;
  return clipped && { nodes: [...clipped.nodes, mul!], value: clipped.value };
}

/** (x / 6) · clip(x + 3, 0, 6) */
function sixthInside(graph: Graph, node: Node): Written | undefined {
  if (node.op !== 'Mul') return undefined;
  for (const [small, gate] of bothWays(node)) {
    const scale = graph.producer(small);
    const value = scale && dividesBySix(graph, scale);
    const clip = clippedShift(graph, gate);
    if (clip?.value !== value || !value || soleReader(graph, small) !== node || soleReader(graph, gate) !== node) continue;
    return { nodes: [...clip!.nodes, scale], value };
  }
  return undefined;
}

function withClip(graph: Graph, mul: Node): Written | undefined {
  for (const [value, gate] of bothWays(mul)) {
    const clip = clippedShift(graph, gate);
    if (clip?.value === value && soleReader(graph, gate) === mul) return clip;
  }
  return undefined;
}

const bothWays = ({ inputs: [a = '', b = ''] }: Node): [string, string][] => [[a, b], [b, a]]; // prettier-ignore
