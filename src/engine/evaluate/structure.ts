import { constantsDiffer } from '../drawing/diff/changes.ts';
import { matchNodes } from '../drawing/diff/match-nodes.ts';
import type { Matching } from '../drawing/diff/match.ts';
import { changedAttributes } from '../drawing/diff/signature.ts';
import type { Node } from '../onnx/graph.ts';
import { isLayer } from './match-layers.ts';

export interface StructureChange {
  /** Names of nodes. */
  added: string[];
  removed: string[];
  /** Same name (or the same layer under a new one): other operator, attributes or weights. */
  changed: string[];
}

/** What was added to the first model, removed from it and changed to make the second. */
export function structureChange(matching: Matching): StructureChange {
  const { a, b } = matching;
  const pairs = matchNodes(matching);
  const kept = new Set(pairs.values());
  return {
    added: layersFirst(b.graph.nodes.filter((node) => !kept.has(node))),
    removed: layersFirst(a.graph.nodes.filter((node) => !pairs.has(node))),
    changed: a.graph.nodes.flatMap((node) => {
      const other = pairs.get(node);
      return other && !sameNode(matching, node, other) ? [node.label] : [];
    }),
  };
}

function sameNode(matching: Matching, a: Node, b: Node): boolean {
  if (a.qualifiedOp !== b.qualifiedOp || changedAttributes(a, b).length > 0) return false;
  const [unitA, unitB] = [matching.a.unitOf.get(a), matching.b.unitOf.get(b)];
  return !unitA || !unitB || !constantsDiffer(matching, unitA, unitB);
}

/** Names, those of layers before those of constants, quantizers and casts: of these there are hundreds. */
const layersFirst = (nodes: readonly Node[]): string[] =>
  [...nodes.filter(isLayer), ...nodes.filter((node) => !isLayer(node))].map(({ label }) => label);
