import { cutGraph } from '../onnx/cut.ts';
import type { Model, Node, ValueInfo } from '../onnx/graph.ts';

/**
 * Places where a model can be cut in two. Place `p` lies before the node at position `p` of the topological order; what is live there,
 * and the nodes behind it, give all that the model still has to answer.
 */
export class Cuts {
  readonly order: readonly Node[];
  readonly #positions: ReadonlyMap<Node, number>;
  /** Values that depend on the model's inputs, in the order in which they are made: where (-1: an input), and where read last. */
  readonly #spans: readonly { readonly value: string; readonly made: number; readonly last: number }[];

  constructor(readonly model: Model) {
    const { graph } = model;
    this.order = graph.topologicalOrder();
    this.#positions = new Map(this.order.map((node, position) => [node, position]));
    const made = new Map<string, number>(graph.requiredInputs.map(({ name }) => [name, -1]));
    const last = new Map<string, number>();
    this.order.forEach((node, position) => {
      const reads = graph.reads(node);
      if (!reads.some((value) => made.has(value))) return;
      for (const value of reads) last.set(value, position);
      for (const output of node.outputs) if (output !== '') made.set(output, position);
    });
    const end = this.order.length;
    this.#spans = [...made].map(([value, at]) => ({ value, made: at, last: graph.isOutput(value) ? end : (last.get(value) ?? -1) }));
  }

  get end(): number {
    return this.order.length;
  }

  /** -1 for a node that is not in the model. */
  positionOf(node: Node): number {
    return this.#positions.get(node) ?? -1;
  }

  /** Values made before the place and read behind it, or answers of the model. At the end: all its answers that depend on its inputs. */
  live(place: number): string[] {
    return this.#spans.filter(({ made, last }) => made < place && last >= place).map(({ value }) => value);
  }

  /** Values live at one of several places at least. */
  liveAtAny(places: readonly number[]): string[] {
    return [...new Set(places.flatMap((place) => this.live(place)))];
  }

  /**
   * What runs from one place to others as a model: it takes of the values live at `from` those that it reads, and makes those live at one of
   * `to` that are not live at `from`. undefined where nothing has to be made. `typeOf`: what a value is at run time.
   */
  between(from: number, to: readonly number[], typeOf: (value: string) => ValueInfo): Model | undefined {
    const given = this.live(from);
    const known = new Set(given);
    const wanted = this.liveAtAny(to).filter((value) => !known.has(value));
    if (wanted.length === 0) return undefined;
    // Types of outputs follow from the nodes.
    const part = cutGraph(
      this.model,
      given.map(typeOf),
      wanted.map((name) => ({ name })),
    );
    part.graph.inputs = part.graph.inputs.filter(({ name }) => part.graph.users(name).length > 0);
    return part;
  }
}
