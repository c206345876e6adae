import type { Node } from '../onnx/graph.ts';
import type { Scope } from '../ops/infer.ts';
import { recordIn } from '../ops/measure/weights.ts';

/** Operators that leave a weight what it is, beside those that only give it another shape. */
const carriers = new Set(['DequantizeLinear', 'QuantizeLinear', 'Transpose', 'Cast', 'CastLike', 'Identity', 'ConstantOfShape']);

export const isConstantNode = (node: Node): boolean => node.qualifiedOp === 'Constant';

/** Whether the operator passes a constant on: another shape, type or scale, the same weight. */
export const carriesConstant = (scope: Scope, node: Node): boolean =>
  node.domain !== '' && node.domain !== 'ai.onnx'
    ? node.op === 'DequantizeLinear' || node.op === 'QuantizeLinear'
    : carriers.has(node.op) || recordIn(scope, node)?.view === true;

/** Whether a stored tensor lies behind a name of this graph or of one around it; a name made by a node or fed from outside is none. */
function isStored(scope: Scope, name: string): boolean {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    if (at.graph.initializers.has(name)) return true;
    if (at.graph.defines(name)) return false;
  }
  return false;
}

/**
 * Nodes of a scope that are drawn as a part of the node that reads them: constants, and what only dequantizes, casts or reshapes one. By place in
 * `scope.nodes`: the place of the first reader that is drawn itself, -1 for nodes that stand for themselves.
 */
export function foldedInto(scope: Scope): Int32Array {
  const { nodes, graph } = scope;
  const constant = new Set<string>();
  const folds = nodes.map((node) => {
    const is =
      isConstantNode(node) ||
      (node.inputs.length > 0 &&
        carriesConstant(scope, node) &&
        node.inputs.every((name) => name === '' || constant.has(name) || isStored(scope, name)));
    if (is) for (const output of node.outputs) if (output !== '') constant.add(output);
    return is;
  });
  const readers = firstReaders(nodes, constant);
  const into = new Int32Array(nodes.length).fill(-1);
  // From the end: a chain of constants folds into what reads its last link.
  for (let at = nodes.length - 1; at >= 0; at--) {
    if (!folds[at] || nodes[at]!.outputs.some((output) => graph.isOutput(output))) continue;
    const reader = Math.min(...nodes[at]!.outputs.map((output) => readers.get(output) ?? Infinity));
    if (reader === Infinity || reader <= at) continue;
    into[at] = into[reader]! >= 0 ? into[reader]! : reader;
  }
  return into;
}

/** Places of the first nodes that read these values, by themselves or inside their sub-graphs. */
function firstReaders(nodes: readonly Node[], wanted: ReadonlySet<string>): Map<string, number> {
  const readers = new Map<string, number>();
  if (wanted.size === 0) return readers;
  const read = (name: string, at: number): void => {
    if (wanted.has(name) && !readers.has(name)) readers.set(name, at);
  };
  nodes.forEach((node, at) => {
    for (const name of node.inputs) read(name, at);
    if (node.attributes.size) for (const inner of node.graphs()) for (const name of inner.captured()) read(name, at);
  });
  return readers;
}
