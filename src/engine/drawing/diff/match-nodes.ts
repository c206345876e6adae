import type { Graph, Node } from '../../onnx/graph.ts';
import type { FoldedGraph, Passed, Unit } from './folded.ts';
import type { Matching } from './match.ts';

/** Every node of the main graph of `a` that `b` has as well: units, and the constants and quantizers on their way. */
export function matchNodes(matching: Matching): Map<Node, Node> {
  const { a, b, ofA } = matching;
  const pairs = new Map<Node, Node>();
  const taken = new Set<Node>();
  const join = (one: Node, other: Node): void => {
    if (one.qualifiedOp !== other.qualifiedOp || pairs.has(one) || taken.has(other)) return;
    pairs.set(one, other);
    taken.add(other);
  };
  ofA.forEach((y, x) => {
    if (y < 0) return;
    const [one, other] = [a.units[x]!.node, b.units[y]!.node];
    pairs.set(one, other);
    taken.add(other);
  });
  const [partsA, partsB] = [parts(a), parts(b)];
  for (const [label, other] of partsB) {
    const one = partsA.get(label);
    if (one && other) join(one, other);
  }
  ofA.forEach((y, x) => {
    if (y < 0) return;
    const [one, other] = [a.units[x]!, b.units[y]!];
    for (const [place, chain] of partsBefore(one)) {
      const like = partsBefore(other).get(place);
      if (like) zip(chain, like, join);
    }
    zip(partsBehind(a.graph, one), partsBehind(b.graph, other), join);
  });
  return pairs;
}

function zip(a: readonly Node[], b: readonly Node[], join: (one: Node, other: Node) => void): void {
  for (let i = 0; i < Math.min(a.length, b.length); i++) join(a[i]!, b[i]!);
}

/** Nodes that are no units, by label; undefined where several share one. */
function parts({ graph, unitOf }: FoldedGraph): Map<string, Node | undefined> {
  const found = new Map<string, Node | undefined>();
  for (const node of graph.nodes) if (!unitOf.has(node)) found.set(node.label, found.has(node.label) ? undefined : node);
  return found;
}

/** What stands before each of a unit's operands; the nearest first, and not more than is usual. */
function partsBefore({ operands }: Unit): Map<number, Node[]> {
  const found = new Map<number, Node[]>();
  operands.forEach((operand, place) => {
    const passed = operand?.constant?.passed ?? operand?.passed;
    if (passed) found.set(place, links(passed));
  });
  return found;
}

/** Longer chains of quantizers are matched by their names only. */
const longestChain = 8;

function links(passed: Passed): Node[] {
  const found: Node[] = [];
  for (let at: Passed | undefined = passed; at && found.length < longestChain; at = at.before) found.push(at.node);
  return found;
}

/** The quantizers behind a unit's first output, in order. */
function partsBehind(graph: Graph, { node }: Unit): Node[] {
  const found: Node[] = [];
  let value = node.outputs[0] ?? '';
  for (let step = 0; step < longestChain; step++) {
    const next = graph.users(value).find(({ node: user, index }) => index === 0 && /^(Quantize|Dequantize)Linear$/.test(user.op))?.node;
    if (!next) break;
    found.push(next);
    value = next.outputs[0] ?? '';
  }
  return found;
}
