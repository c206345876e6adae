import type { Graph, Node } from '../../onnx/graph.ts';

/** A step that ONNX Runtime ran, of its optimized graph: by its name and its values there. */
export interface Step {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Where the work of a graph's nodes went. Nodes are places in `graph.nodes`, steps places in the list given. */
export interface Attribution {
  /** By node the step that does its work; -1: none, it follows from constants and is computed before the model runs, or nothing needs it. */
  readonly stepOf: Int32Array;
  /** By step the node that stands for it: of several fused into one that with the most work; -1: a step that ONNX Runtime added. */
  readonly nodeOf: Int32Array;
}

/** What ONNX Runtime puts in to change how values lie in memory. */
const added = /^(Reorder(Input|Output)|Memcpy\w*)$/;
/** Steps in blocked layout are named after the value that they make (core/optimizer/nchwc_transformer.cc). */
const blocked = /_nchwc(_token_\d+)?$/;
/** Factors by channel become convolutions too: a product or a normalization that stood alone. */
const scaling = /_(mul|bn)_nchwc(_token_\d+)?$/;
/** Those made anew for another layout have their node's name, made unique (Graph::GenerateUniqueNodeName). */
const renamed = /_token_\d+$/;
/** What is fused into a product behind it; all else goes into the one before it (bias, normalization, activation, residual sum). */
const meltsBefore = new Set(['DequantizeLinear', 'Pad', 'Transpose']);

/**
 * Finds for each node of a graph the step of the optimized graph that does its work. A step is anchored at an original node: by the value it makes,
 * by its own name, or by the value that it is named after. It does what lies between that node and what it reads, as far as that can be told: back
 * to its own inputs, or to the product in it. What is left was melted into the step before it. `work`: of a node, above 0 for products and to find
 * the one that stands for a step.
 */
export function attributeSteps(graph: Graph, steps: readonly Step[], work: (node: Node) => number): Attribution {
  const originals = new Originals(graph);
  const { nodes } = graph;
  const stepOf = new Int32Array(nodes.length).fill(-1);
  const anchors = steps.map((step) => originals.anchors(step));
  for (const [step, own] of anchors.entries()) {
    // Of two steps for one value the first computes it, the other only moves it about.
    for (const node of own) if (stepOf[node] === -1) stepOf[node] = step;
  }
  for (const [step, own] of anchors.entries()) {
    const open = own.filter((node) => stepOf[node] === step);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const [value, maker] of originals.makersBefore(at)) {
        if (stepOf[maker] !== -1 || !originals.isFused(steps[step]!, at, value, maker, work)) continue;
        stepOf[maker] = step;
        open.push(maker);
      }
    }
  }
  originals.melt(stepOf);
  const nodeOf = new Int32Array(steps.length).fill(-1);
  for (const [node, step] of stepOf.entries()) {
    if (step < 0) continue;
    const known = nodeOf[step]!;
    // Of equal work the anchor, which has the step's name.
    const better = known < 0 || work(nodes[node]!) > work(nodes[known]!);
    if (better || (work(nodes[node]!) === work(nodes[known]!) && anchors[step]!.includes(node))) nodeOf[step] = node;
  }
  return { stepOf, nodeOf };
}

/** The original graph, as looked things up in. */
class Originals {
  readonly #places: ReadonlyMap<Node, number>;
  readonly #byName = new Map<string, number>();
  /** Depends on an input: has something to do while the model runs. */
  readonly #moving: boolean[] = [];

  constructor(private readonly graph: Graph) {
    this.#places = new Map(graph.nodes.map((node, index) => [node, index]));
    for (const [index, node] of graph.nodes.entries()) {
      if (node.name !== '' && !this.#byName.has(node.name)) this.#byName.set(node.name, index);
      this.#moving[index] = graph.reads(node).some((value) => {
        const maker = this.#makerOf(value);
        return maker < 0 ? !graph.constant(value) : (this.#moving[maker] ?? true);
      });
    }
  }

  anchors({ name, op, outputs }: Step): number[] {
    if (added.test(op)) return [];
    const made = outputs.map((value) => this.#makerOf(value)).filter((node) => node >= 0);
    if (made.length > 0) return made;
    const named = this.#byName.get(name) ?? this.#byName.get(name.replace(renamed, ''));
    if (named !== undefined) return [named];
    for (const suffix of [blocked, scaling]) {
      const maker = suffix.test(name) ? this.#makerOf(name.replace(suffix, '')) : -1;
      if (maker >= 0) return [maker];
    }
    return [];
  }

  /** The values that a node reads and the nodes that make them while the model runs. */
  makersBefore(node: number): [value: string, maker: number][] {
    return this.graph.reads(this.graph.nodes[node]!).flatMap((value): [string, number][] => {
      const maker = this.#makerOf(value);
      return maker >= 0 && this.#moving[maker] ? [[value, maker]] : [];
    });
  }

  /** Whether the maker of a value that `node` of a step reads runs in the same step. */
  isFused(step: Step, node: number, value: string, maker: number, work: (node: Node) => number): boolean {
    const { nodes } = this.graph;
    if (meltsBefore.has(nodes[maker]!.op)) return !step.inputs.includes(value);
    if (work(nodes[node]!) > 0) return false;
    if (blocked.test(step.name)) return step.op.includes('Conv') && !scaling.test(step.name);
    return !step.inputs.includes(value) && step.inputs.some((input) => this.#makerOf(input) >= 0 || this.graph.isInput(input));
  }

  /** Nodes that no step was found for belong to the latest step that they read from, else to the first that reads them. */
  melt(stepOf: Int32Array): void {
    const { nodes } = this.graph;
    for (let node = 0; node < nodes.length; node++) {
      if (stepOf[node] !== -1 || !this.#moving[node]) continue;
      for (const [, maker] of this.makersBefore(node)) stepOf[node] = Math.max(stepOf[node]!, stepOf[maker]!);
    }
    for (let node = nodes.length - 1; node >= 0; node--) {
      if (stepOf[node] !== -1 || !this.#moving[node]) continue;
      const readers = nodes[node]!.outputs.flatMap((value) => this.graph.users(value).map((use) => this.#places.get(use.node) ?? -1));
      const steps = readers.map((reader) => stepOf[reader] ?? -1).filter((step) => step >= 0);
      if (steps.length) stepOf[node] = Math.min(...steps);
    }
  }

  #makerOf(value: string): number {
    const producer = this.graph.producer(value);
    return producer ? (this.#places.get(producer) ?? -1) : -1;
  }
}
