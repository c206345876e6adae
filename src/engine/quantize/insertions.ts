import type { Graph, Node } from '../onnx/graph.ts';

/**
 * Adds many nodes to a graph, each beside the node it belongs to. Names and places are kept here, so that the work grows with the number
 * of nodes and not with its square. `finish` puts the nodes into their places.
 */
export class Insertions {
  readonly #names: Set<string>;
  readonly #nodes: readonly Node[];
  readonly #before = new Map<Node, Node[]>();
  readonly #after = new Map<Node | undefined, Node[]>();

  constructor(readonly graph: Graph) {
    this.#nodes = graph.topologicalOrder();
    this.#names = namesIn(graph);
  }

  /** A value name that nothing has, here or in a sub-graph: `base`, or `base_1`, `base_2` … It counts as taken from now on. */
  uniqueName(base: string): string {
    let name = base;
    for (let i = 1; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** `anchor` is one of the graph's first nodes; several nodes at one place keep the order in which they came. */
  before(anchor: Node, node: Node): void {
    this.#put(this.#before, anchor, node);
  }

  /** undefined: at the beginning of the graph. */
  after(anchor: Node | undefined, node: Node): void {
    this.#put(this.#after, anchor, node);
  }

  finish(): void {
    const { graph } = this;
    const alive = new Set(graph.nodes);
    const order = [...(this.#after.get(undefined) ?? [])];
    for (const node of this.#nodes) {
      order.push(...(this.#before.get(node) ?? []));
      if (alive.has(node)) order.push(node);
      order.push(...(this.#after.get(node) ?? []));
    }
    graph.remove(...graph.nodes);
    for (const node of order) graph.add(node);
  }

  #put<Anchor>(places: Map<Anchor, Node[]>, anchor: Anchor, node: Node): void {
    const there = places.get(anchor);
    if (there) there.push(node);
    else places.set(anchor, [node]);
    this.graph.add(node);
  }
}

function namesIn(graph: Graph, names = new Set<string>()): Set<string> {
  for (const name of graph.initializers.keys()) names.add(name);
  for (const { name } of [...graph.inputs, ...graph.outputs]) names.add(name);
  for (const node of graph.nodes) {
    for (const name of [...node.inputs, ...node.outputs]) names.add(name);
    for (const inner of node.graphs()) namesIn(inner, names);
  }
  return names;
}
