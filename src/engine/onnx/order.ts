import { LatheError } from '../base/errors.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';

/** Whether the stored order makes every value before it is read. */
export function isSorted(graph: Graph): boolean {
  const done = new Set<Node>();
  for (const node of graph.nodes) {
    for (const value of graph.reads(node)) {
      const source = graph.producer(value);
      if (source && !done.has(source)) return false;
    }
    done.add(node);
  }
  return true;
}

/** Kahn's algorithm (1962), first come, first served: equal graphs give equal orders. Throws `graph.cycle`. */
export function topologicalOrder(graph: Graph): Node[] {
  const waiting = new Map<Node, number>();
  const ready: Node[] = [];
  for (const node of graph.nodes) {
    const sources = new Set(graph.reads(node).map((value) => graph.producer(value)));
    sources.delete(undefined);
    waiting.set(node, sources.size);
    if (sources.size === 0) ready.push(node);
  }
  for (let i = 0; i < ready.length; i++) {
    const made = ready[i]!.outputs.filter((output) => output !== '');
    const readers = new Set(made.flatMap((output) => graph.users(output).map((use) => use.node)));
    for (const reader of readers) {
      const left = waiting.get(reader)! - 1;
      waiting.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  if (ready.length < graph.nodes.length) {
    const stuck = graph.nodes.find((node) => waiting.get(node)! > 0);
    throw new LatheError('graph.cycle', 'the graph has a cycle', { node: stuck?.label });
  }
  return ready;
}
