import type { DrawableGraph } from '../../src/protocol/drawable.ts';

/** Graphs up to this many nodes are shown whole. */
const wholeGraph = 1000;
/** What larger graphs are unfolded to at most: about as many boxes as can be told apart. */
const manyBoxes = 500;

/**
 * Groups that are open at first. Of a graph that can be shown whole all but what lies inside operators; of a larger one, from the outside in, as many
 * as leave the number of boxes near 500.
 */
export function groupsOpenAtFirst({ nodes, groups }: DrawableGraph): Set<number> {
  const opens = groups.map(({ kind }) => kind !== 'node' && kind !== 'body');
  if (nodes.length <= wholeGraph) return new Set(groups.flatMap((_, id) => (opens[id] ? [id] : [])));
  const inside = groups.map(() => 0);
  let boxes = 0;
  const count = (group: number): unknown => (group < 0 ? boxes++ : inside[group]!++);
  for (const node of nodes) if (node.into === undefined) count(node.group);
  for (const { parent } of groups) count(parent);
  const children = groups.map((): number[] => []);
  const queue: number[] = [];
  groups.forEach(({ parent }, id) => (parent < 0 ? queue : children[parent]!).push(id));
  const open = new Set<number>();
  for (const group of queue) {
    if (!opens[group] || boxes + inside[group]! > manyBoxes) continue;
    boxes += inside[group]!;
    open.add(group);
    queue.push(...children[group]!);
  }
  return open;
}

/** Folded groups around a node, the outermost first. */
export function foldedAround({ nodes, groups }: DrawableGraph, open: ReadonlySet<number>, node: number): number[] {
  const folded: number[] = [];
  for (let group = nodes[node]!.group; group >= 0; group = groups[group]!.parent) if (!open.has(group)) folded.unshift(group);
  return folded;
}
