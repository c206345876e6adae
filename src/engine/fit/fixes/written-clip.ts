import type { Graph, Node } from '../../onnx/graph.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import { soleReader } from '../../simplify/edit.ts';
import { replaceNode, scalar } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { byNumber } from '../hard.ts';

export const writtenClip: Fix = {
  id: 'written-clip',
  title: 'Write it as one Clip',
  effect: 'exact',
  finds: 'Max and Min with a constant number, and Clip or Relu behind one another where bounds can be joined.',
  does: 'One Clip with both bounds.',
  source: 'Max and Min are no operators of the DPU; ReLU6 is fused (DPUCZDX8G_ISA1_B4096.prototxt).',
  match(node, scope) {
    const { graph } = scope;
    const own = isFloat32(scope, node.outputs[0]) ? boundsOf(graph, node) : undefined;
    if (!own) return undefined;
    const maker = graph.producer(own.value);
    const before = maker && soleReader(graph, own.value) === node ? boundsOf(graph, maker) : undefined;
    const joined = before && join(before, own);
    if (!joined && isOp(node, 'Clip', 'Relu')) return undefined;
    const { low, high } = joined ?? own;
    const value = joined ? before!.value : own.value;
    return {
      nodes: [node.label, ...(joined ? [maker!.label] : [])],
      message: `Clip from ${low} to ${high}`,
      apply() {
        const { label } = node;
        const bound = (name: string, number: number): string => (Number.isFinite(number) ? scalar(graph, `${label}/${name}`, number) : '');
        const inputs = [value, bound('min', low), bound('max', high)];
        while (inputs.at(-1) === '') inputs.pop();
        if (low === 0 && high === Infinity) replaceNode(graph, node, 'Relu', [value]);
        else replaceNode(graph, node, 'Clip', inputs);
        if (joined) graph.remove(maker!);
        return undefined;
      },
    };
  },
};

interface Bounds {
  readonly value: string;
  readonly low: number;
  readonly high: number;
}

function boundsOf(graph: Graph, node: Node): Bounds | undefined {
  const lower = byNumber(graph, node, 'Max');
  if (lower) return { value: lower.value, low: lower.number, high: Infinity };
  const upper = byNumber(graph, node, 'Min');
  if (upper) return { value: upper.value, low: -Infinity, high: upper.number };
  const bounds = isOp(node, 'Clip', 'Relu') ? clampBounds(node, graph) : undefined;
  return bounds && { value: node.inputs[0]!, ...bounds };
}

/** Undefined where the second leaves only one number of the first. */
function join(first: Bounds, second: Bounds): { low: number; high: number } | undefined {
  const [low, high] = [Math.max(first.low, second.low), Math.min(first.high, second.high)];
  return low < high ? { low, high } : undefined;
}
