import type { Node } from '../onnx/graph.ts';
import { constantIntegers } from '../simplify/edit.ts';
import { isFloat32, isOp, sizesOf, type FitScope } from './fix.ts';

/** What a Slice with constant bounds takes of each axis of its input: where it begins, in which steps, how many. */
export interface Taken {
  readonly value: string;
  readonly axes: readonly { readonly start: number; readonly step: number; readonly size: number }[];
}

/** Undefined for any other node, for steps backwards, and where sizes are unknown. */
export function takenBy(node: Node | undefined, scope: FitScope): Taken | undefined {
  if (!isOp(node, 'Slice') || !isFloat32(scope, node.inputs[0])) return undefined;
  const { graph } = scope;
  const value = node.inputs[0]!;
  const [from, to] = [sizesOf(scope, value), sizesOf(scope, node.outputs[0])];
  const starts = constantIntegers(graph, node.inputs[1]);
  if (!from || to?.length !== from.length || !starts || !node.inputs[1]) return undefined;
  const axes = constantIntegers(graph, node.inputs[3], [...starts.keys()]);
  const steps = constantIntegers(graph, node.inputs[4], starts.map(() => 1)); // prettier-ignore
  if (!axes || !steps || steps.some((step) => step < 1)) return undefined;
  const taken = from.map((_, axis) => ({ start: 0, step: 1, size: to[axis]! }));
  axes.forEach((axis, i) => {
    const at = axis < 0 ? axis + from.length : axis;
    const start = starts[i]! < 0 ? starts[i]! + from[at]! : starts[i]!;
    if (taken[at]) taken[at] = { start: Math.max(0, Math.min(start, from[at]!)), step: steps[i]!, size: to[at]! };
  });
  return { value, axes: taken };
}

/** The same through several Slices one behind the other, down to the value that they all take from. */
export function takenThrough(value: string, scope: FitScope): { taken: Taken; nodes: Node[] } | undefined {
  const node = scope.graph.producer(value);
  const last = takenBy(node, scope);
  if (!node || !last) return undefined;
  const before = takenThrough(last.value, scope);
  if (!before) return { taken: last, nodes: [node] };
  const axes = last.axes.map(({ start, step, size }, axis) => {
    const inner = before.taken.axes[axis]!;
    return { start: inner.start + start * inner.step, step: step * inner.step, size };
  });
  return { taken: { value: before.taken.value, axes }, nodes: [...before.nodes, node] };
}
