import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { visible } from '../../src/protocol/format.ts';
import { plural } from './words.ts';

/** A part of the graph that stands out, and what it is: "12 nodes that /conv1 depends on". */
export interface Mark {
  nodes: ReadonlySet<number>;
  text: string;
}

/** Along the edges (`outputs`) or against them. */
type Direction = 'inputs' | 'outputs';

/** All that the nodes depend on, or all that depends on them; with the nodes themselves. */
export function reachMark(graph: DrawableGraph, nodes: readonly number[], direction: Direction): Mark {
  const reached = reach(graph, nodes, direction);
  const others = reached.size - new Set(nodes).size;
  const whose = nodes.length === 1 ? shortName(graph, nodes[0]!) : 'the selection';
  const text =
    direction === 'inputs' ? `${plural(others, 'node')} that ${whose} depends on` : `${plural(others, 'node')} that depend on ${whose}`;
  return { nodes: reached, text };
}

/** Every way from one of the last two selected nodes to the other, along the edges. */
export function pathMark(graph: DrawableGraph, selected: readonly number[]): Mark | undefined {
  const [a, b] = selected.slice(-2);
  if (a === undefined || b === undefined) return undefined;
  const there = between(graph, a, b);
  const [from, to, nodes] = there.size ? [a, b, there] : [b, a, between(graph, b, a)];
  if (nodes.size === 0) {
    const text = `No path between ${shortName(graph, a)} and ${shortName(graph, b)}`;
    return { nodes: new Set([a, b]), text };
  }
  return { nodes, text: `${plural(nodes.size, 'node')} on paths from ${shortName(graph, from)} to ${shortName(graph, to)}` };
}

/** Empty where there is no way. */
function between(graph: DrawableGraph, from: number, to: number): Set<number> {
  const after = reach(graph, [from], 'outputs');
  if (!after.has(to)) return new Set();
  const before = reach(graph, [to], 'inputs');
  return new Set([...after].filter((node) => before.has(node)));
}

function reach({ nodes, edges }: DrawableGraph, starts: readonly number[], direction: Direction): Set<number> {
  const next: number[][] = nodes.map(() => []);
  for (const { from, to } of edges) {
    if (direction === 'outputs') next[from]?.push(to);
    else next[to]?.push(from);
  }
  // What is drawn as a part of a node belongs to what it reads.
  nodes.forEach(
    ({ into }, node) => into !== undefined && next[direction === 'inputs' ? into : node]?.push(direction === 'inputs' ? node : into),
  );
  const reached = new Set(starts);
  for (const node of reached) for (const other of next[node] ?? []) reached.add(other);
  return reached;
}

/** Longer names would hide the sentence around them. */
const shownName = 60;
function shortName({ nodes }: DrawableGraph, node: number): string {
  const name = nodes[node]?.name ?? '';
  return visible(name.length > shownName ? `${name.slice(0, shownName)}…` : name);
}
