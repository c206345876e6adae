import type { Node } from '../../onnx/graph.ts';
import { emit, replaceNode, scalar } from '../build.ts';
import { filled, scaled } from '../depthwise.ts';
import { isFloat32, isOp, mapOf, sizesOf, type Fix, type FitScope } from '../fix.ts';

export const arithmeticInParts: Fix = {
  id: 'arithmetic-in-parts',
  title: 'Write it with Add, Mul and ReLU',
  effect: 'exact',
  finds: 'Max and Min of two feature maps of one shape, Abs, Neg, the square as Pow, and Sum of several of one shape.',
  does: 'Max(a, b) = b + ReLU(a - b), Min(a, b) = a - ReLU(a - b), |x| = ReLU(x) + ReLU(-x), x² = x · x.',
  source: 'Eltwise engine: add, mult; none of these is an operator of the DPU (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    if (!isFloat32(scope, node.outputs[0]) || (mapOf(scope, node.outputs[0])?.channels ?? Infinity) > scope.board.channels)
      return undefined;
    const apply = recipes[node.op]?.(node, scope);
    return apply && isOp(node, node.op)
      ? { nodes: [node.label], message: `${node.op} in parts`, apply: () => void apply() as undefined }
      : undefined;
  },
};

type Recipe = (node: Node, scope: FitScope) => (() => void) | undefined;

const recipes: Readonly<Record<string, Recipe>> = {
  Max: (node, scope) => (isPair(node, scope) ? () => extreme(node, scope, 1) : undefined),
  Min: (node, scope) => (isPair(node, scope) ? () => extreme(node, scope, 0) : undefined),
  Abs: (node, scope) => () => {
    const { graph } = scope;
    const channels = mapOf(scope, node.outputs[0])!.channels;
    const parts = [1, -1].map((sign) => {
      const label = `${node.label}/${sign > 0 ? 'positive' : 'negative'}`;
      return emit(graph, label, 'Relu', [scaled(graph, `${label}/scale`, node.inputs[0]!, filled(channels, sign))]);
    });
    replaceNode(graph, node, 'Add', parts);
  },
  Neg:
    (node, { graph }) =>
    () =>
      void replaceNode(graph, node, 'Mul', [node.inputs[0]!, scalar(graph, `${node.label}/factor`, -1)]),
  Pow: (node, { graph }) => {
    const exponent = graph.constant(node.inputs[1] ?? '');
    const squares = exponent?.size === 1 && exponent.isLoaded && exponent.toFloat64()[0] === 2;
    return squares ? () => void replaceNode(graph, node, 'Mul', [node.inputs[0]!, node.inputs[0]!]) : undefined;
  },
  Sum: (node, scope) => {
    if (node.inputs.length < 2 || !allAlike(node, scope)) return undefined;
    return () => {
      const { graph } = scope;
      const sum = node.inputs.slice(0, -1).reduce((a, b, i) => emit(graph, `${node.label}/sum${i}`, 'Add', [a, b]));
      replaceNode(graph, node, 'Add', [sum, node.inputs.at(-1)!]);
    };
  },
};

const allAlike = (node: Node, scope: FitScope): boolean =>
  node.inputs.every((input) => !scope.graph.constant(input) && sizesOf(scope, input)?.join() === sizesOf(scope, node.outputs[0])?.join());

const isPair = (node: Node, scope: FitScope): boolean => node.inputs.length === 2 && allAlike(node, scope);

const negative = (graph: FitScope['graph'], label: string, value: string): string =>
  emit(graph, `${label}/minus`, 'Mul', [value, scalar(graph, `${label}/minus/factor`, -1)]);

/** Max is b + ReLU(a - b); Min is a - ReLU(a - b). */
function extreme(node: Node, { graph }: FitScope, largest: 0 | 1): void {
  const { label } = node;
  const [a, b] = node.inputs as [string, string];
  const difference = emit(graph, `${label}/difference`, 'Add', [a, negative(graph, label, b)]);
  const more = emit(graph, `${label}/more`, 'Relu', [difference]);
  if (largest) replaceNode(graph, node, 'Add', [b, more]);
  else replaceNode(graph, node, 'Add', [a, negative(graph, label, more)]);
}
