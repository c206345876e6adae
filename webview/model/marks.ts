import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { visible } from '../../src/protocol/format.ts';
import { between, dependencies, dependents } from '../graph/paths.ts';
import { plural } from './words.ts';

/** A part of the graph that stands out, and what it is: "12 nodes that /conv1 depends on". */
export interface Mark {
  nodes: ReadonlySet<number>;
  text: string;
}

/** All that the nodes depend on (`inputs`), or all that depends on them; with the nodes themselves. */
export function reachMark(graph: DrawableGraph, nodes: readonly number[], direction: 'inputs' | 'outputs'): Mark {
  const reach = direction === 'inputs' ? dependencies : dependents;
  const reached = reach(graph, ...nodes);
  const others = reached.size - new Set(nodes).size;
  const whose = nodes.length === 1 ? shortName(graph, nodes[0]!) : 'the selection';
  const text =
    direction === 'inputs'
      ? `${plural(others, 'node')} that ${whose} depends on`
      : `${plural(others, 'node')} that ${others === 1 ? 'depends' : 'depend'} on ${whose}`;
  return { nodes: reached, text };
}

/** Every way from one of the last two selected nodes to the other, along the edges. */
export function pathMark(graph: DrawableGraph, selected: readonly number[]): Mark | undefined {
  const [a, b] = selected.slice(-2);
  if (a === undefined || b === undefined) return undefined;
  const nodes = between(graph, a, b);
  const ends = `${shortName(graph, a)} and ${shortName(graph, b)}`;
  if (nodes.size === 0) return { nodes: new Set([a, b]), text: `No path between ${ends}` };
  return { nodes, text: `${plural(nodes.size, 'node')} on paths between ${ends}` };
}

/** Longer names would hide the sentence around them. */
const shownName = 60;
function shortName({ nodes }: DrawableGraph, node: number): string {
  const name = nodes[node]?.name ?? '';
  return visible(name.length > shownName ? `${name.slice(0, shownName)}…` : name);
}
