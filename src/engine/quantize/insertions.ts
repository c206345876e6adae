import type { Graph, Node } from '../onnx/graph.ts';

/**
 * Adds many nodes to a graph, each beside the node it belongs to. Names and places are kept here, so that the work grows with the number
 * of nodes and not with its square. `finish` puts the nodes into their places.
 */
export class Insertions {
  readonly #names: Set<string>;
  /** ONNX Runtime refuses two nodes of one name. */
  readonly #nodeNames: Set<string>;
  readonly #nodes: readonly Node[];
  readonly #before = new Map<Node, Node[]>();
  readonly #after = new Map<Node | undefined, Node[]>();

  constructor(readonly graph: Graph) {
    this.#nodes = graph.topologicalOrder();
    this.#names = namesIn(graph);
    this.#nodeNames = new Set(graph.nodes.map(({ name }) => name));
  }

  /** A value name that nothing has, here or in a sub-graph: `base`, or `base_1`, `base_2` … It counts as taken from now on. */
  uniqueName(base: string): string {
    return unique(base, this.#names);
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
    node.name = unique(node.name, this.#nodeNames);
    const there = places.get(anchor);
    if (there) there.push(node);
    else places.set(anchor, [node]);
    this.graph.add(node);
  }
}

/** `base`, or `base_1`, `base_2` …: the first that is not taken, and is from now on. */
function unique(base: string, taken: Set<string>): string {
  let name = base;
  for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
  taken.add(name);
  return name;
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
