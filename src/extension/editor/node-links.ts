import type { Drawing } from '../../engine/drawing/draw.ts';
import type { NodeLink } from '../../protocol/view.ts';

/** Links of one value that are sent; the view says how many more there are. */
const shownLinks = 20;

export interface Links {
  links: NodeLink[];
  linkCount: number;
}

/** Who makes and who reads what, by node of a drawing. Built once for a drawing; time for one node grows with its own edges. */
export class NodeLinks {
  /** Places of edges in the drawing, by the node they enter or leave. */
  readonly #entering: readonly number[][];
  readonly #leaving: readonly number[][];
  readonly #folded: readonly number[][];

  constructor(private readonly drawing: Drawing) {
    const { nodes, edges } = drawing.graph;
    const lists = (): number[][] => Array.from({ length: nodes.length }, () => []);
    const [entering, leaving, folded] = [lists(), lists(), lists()];
    edges.forEach(({ from, to }, at) => {
      // Ends inside an operator stand for the operator, which has the same edge.
      if (nodes[from]!.kind !== 'output') entering[to]!.push(at);
      if (nodes[to]!.kind !== 'input') leaving[from]!.push(at);
    });
    nodes.forEach(({ into }, id) => {
      if (into !== undefined) folded[into]!.push(id);
    });
    [this.#entering, this.#leaving, this.#folded] = [entering, leaving, folded];
  }

  /** Who makes an input: one node, a constant drawn into it, or nobody. */
  maker(node: number, input: number, name: string): Links {
    const { edges } = this.drawing.graph;
    const made = this.#entering[node]!.map((at) => edges[at]!).find((edge) => edge.input === input);
    if (made) return this.#links([made.from]);
    // Constants are drawn into the node that reads them, or beside each other into the one that reads them all.
    const reader = this.drawing.graph.nodes[node]!.into ?? node;
    return this.#links(this.#folded[reader]!.filter((id) => id !== node && this.drawing.places[id]?.node.outputs.includes(name)));
  }

  /** Who reads an output. */
  readers(node: number, output: number): Links {
    const { nodes, edges } = this.drawing.graph;
    const { into } = nodes[node]!;
    if (into !== undefined) return this.#links([into]);
    return this.#links(
      new Set(
        this.#leaving
          [node]!.map((at) => edges[at]!)
          .filter((edge) => edge.output === output)
          .map(({ to }) => to),
      ),
    );
  }

  #links(ids: Iterable<number>): Links {
    const all = [...ids];
    const { nodes } = this.drawing.graph;
    const links = all.slice(0, shownLinks).map((node) => ({ node, op: nodes[node]!.title, name: nodes[node]!.name }));
    return { links, linkCount: all.length };
  }
}
