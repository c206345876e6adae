import type { DrawableGraph } from '../../../protocol/drawable.ts';
import type { Level } from './level.ts';

/**
 * Numbers the groups from `first` on that are alike inside: the same kinds of nodes in the same order, joined in the same way. A group like no other
 * has no number.
 */
export function markAlike(graph: DrawableGraph, first: number, level: Level, likeness: (id: number) => string): void {
  const { groups } = graph;
  if (groups.length === first) return;
  const members: number[][] = groups.slice(first).map(() => []);
  const joins: (readonly [number, number])[][] = members.map(() => []);
  const above = (group: number): number[] => {
    const path: number[] = [];
    for (let at = group; at >= first; at = groups[at]!.parent) path.push(at);
    return path;
  };
  for (const id of level.nodes) for (const group of above(graph.nodes[id]!.group)) members[group - first]!.push(id);
  for (const edge of level.edges) {
    const target = new Set(above(graph.nodes[edge[1]]!.group));
    for (const group of above(graph.nodes[edge[0]]!.group)) if (target.has(group)) joins[group - first]!.push(edge);
  }
  const numbers = new Map<string, number[]>();
  members.forEach((ids, i) => {
    const place = new Map(ids.map((id, at) => [id, at]));
    const edges = joins[i]!.map(([from, to]) => `${place.get(from)}>${place.get(to)}`);
    const key = `${groups[first + i]!.kind}\n${ids.map(likeness).join('\n')}\n${edges.join(' ')}`;
    const known = numbers.get(key);
    if (known) known.push(first + i);
    else numbers.set(key, [first + i]);
  });
  for (const same of numbers.values()) if (same.length > 1) for (const group of same) groups[group]!.alike = same[0]!;
}
