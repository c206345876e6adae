import type { Drawing } from '../draw.ts';
import type { DrawableGraph } from '../../../protocol/drawable.ts';
import { matchNodes } from './match-nodes.ts';
import type { Matching } from './match.ts';

/**
 * Partners of the nodes of drawing `a` in drawing `b`, -1 for none. The main graph's operators as they were matched; ends, and what lies inside
 * matched operators, by name, and where that is new by the order of those with the same title.
 */
export function matchDrawings(matching: Matching, a: Drawing, b: Drawing): Int32Array {
  const partner = new Int32Array(a.graph.nodes.length).fill(-1);
  const taken = new Uint8Array(b.graph.nodes.length);
  const idsB = new Map(b.places.flatMap((place, id) => (place ? [[place.node, id] as const] : [])));
  const pairs = matchNodes(matching);
  a.places.forEach((place, id) => {
    const other = place && pairs.get(place.node);
    const found = other && idsB.get(other);
    if (found === undefined) return;
    partner[id] = found;
    taken[found] = 1;
  });
  const inMain = (drawing: Drawing, graph: Matching['a']['graph'], id: number): boolean => drawing.places[id]?.scope.graph === graph;
  const scopesA = new Scopes(a.graph, (owner) => (partner[owner]! >= 0 ? `b${partner[owner]}` : `a${owner}`));
  const scopesB = new Scopes(b.graph, (owner) => `b${owner}`);
  const key = (scopes: Scopes, { nodes }: DrawableGraph, id: number, part: 'name' | 'title'): string =>
    `${scopes.of(nodes[id]!.group)} ${nodes[id]!.kind} ${nodes[id]!.title}${part === 'name' ? `\n${nodes[id]!.name}` : ''}`;
  const rest = (drawing: Drawing, graph: Matching['a']['graph'], isUsed: (id: number) => boolean): number[] =>
    drawing.graph.nodes.flatMap((_, id) => (isUsed(id) || inMain(drawing, graph, id) ? [] : [id]));
  for (const part of ['name', 'title'] as const) {
    // Ends have their name as title: those with a new one go by their kind.
    const keyOf = (scopes: Scopes, graph: DrawableGraph, id: number): string =>
      part === 'title' && graph.nodes[id]!.kind !== 'operator'
        ? `${scopes.of(graph.nodes[id]!.group)} ${graph.nodes[id]!.kind}`
        : key(scopes, graph, id, part);
    const waiting = new Map<string, number[]>();
    const used = new Map<string, number>();
    for (const id of rest(b, matching.b.graph, (at) => taken[at] === 1)) {
      const text = keyOf(scopesB, b.graph, id);
      const others = waiting.get(text);
      if (others) others.push(id);
      else waiting.set(text, [id]);
    }
    // Outer ones first, as they stand: what lies inside is asked for when its owner is matched.
    for (const id of rest(a, matching.a.graph, (at) => partner[at]! >= 0)) {
      const text = keyOf(scopesA, a.graph, id);
      const next = used.get(text) ?? 0;
      const found = waiting.get(text)?.[next];
      if (found === undefined) continue;
      used.set(text, next + 1);
      partner[id] = found;
      taken[found] = 1;
    }
  }
  return partner;
}

/** The graph that a node lies in, as a text: the same for both models where its owner is matched. Groups by name and by structure do not count. */
class Scopes {
  constructor(
    readonly graph: DrawableGraph,
    readonly owner: (id: number) => string,
  ) {}

  of(group: number): string {
    const parts: string[] = [];
    for (let at = group; at >= 0; at = this.graph.groups[at]!.parent) {
      const { kind, owner, title } = this.graph.groups[at]!;
      if (kind === 'body') parts.push(title);
      if (kind === 'node') {
        parts.push(owner === undefined ? title : this.owner(owner));
        break;
      }
    }
    return parts.join('/');
  }
}
