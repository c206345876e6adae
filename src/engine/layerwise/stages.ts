import type { Graph, Node } from '../onnx/graph.ts';

/**
 * Divides a graph at layers: stage 0 is all that can be computed before the first of them is rounded, stage 1 what follows from the
 * layers of stage 0, and so on. Only what the `wanted` values follow from is looked at.
 */
export class Stages {
  readonly #levels = new Map<string, number>();
  readonly #constant = new Set<string>();
  readonly #needed: ReadonlySet<Node>;
  readonly #nodes: readonly Node[];

  /** `stageOf`: in which stage a node's outputs are known, given the stage in which all that it reads is. */
  constructor(
    readonly graph: Graph,
    readonly wanted: readonly string[],
    stageOf: (node: Node, read: number) => number,
  ) {
    this.#nodes = graph.topologicalOrder();
    this.#needed = neededNodes(graph, wanted);
    for (const node of this.#nodes) {
      const reads = graph.reads(node).filter((value) => !this.#isConstant(value));
      if (reads.length === 0) {
        for (const output of node.outputs) this.#constant.add(output);
        continue;
      }
      const stage = stageOf(node, Math.max(...reads.map((value) => this.of(value))));
      for (const output of node.outputs) this.#levels.set(output, stage);
    }
  }

  /** The first stage in which the value is known; graph inputs in stage 0. */
  of(value: string): number {
    return this.#levels.get(value) ?? 0;
  }

  /** Values that are known in `stage` and that later stages need. */
  frontier(stage: number): string[] {
    const found = new Set<string>();
    for (const node of this.#nodes) {
      if (!this.#needed.has(node) || !node.outputs.some((output) => output !== '' && this.of(output) > stage)) continue;
      for (const value of this.graph.reads(node)) if (!this.#isConstant(value) && this.of(value) <= stage) found.add(value);
    }
    return [...found];
  }

  #isConstant(value: string): boolean {
    return this.#constant.has(value) || this.graph.initializers.has(value);
  }
}

function neededNodes(graph: Graph, wanted: readonly string[]): ReadonlySet<Node> {
  const nodes = new Set<Node>();
  const waiting = [...wanted];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const node = graph.producer(value);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    waiting.push(...graph.reads(node));
  }
  return nodes;
}
