import { throwIfCancelled } from '../../../base/errors.ts';
import type { Model, Node } from '../../../onnx/graph.ts';
import type { StaticPlan } from '../../plan.ts';
import { Segment } from '../../../layerwise/segment.ts';
import { Stages } from '../../../layerwise/stages.ts';
import { TensorStore, type MemoryBudget, type Tensors } from '../../../layerwise/tensor-store.ts';

/** One of the two models, run block by block; what crosses from one block to the next waits in a store, picture by picture. */
export class Stream {
  readonly #stages: Stages;
  #store: TensorStore | undefined;

  /** `stageOf`: 1 for nodes of the first block and so on; undefined for nodes that belong to what they read. */
  constructor(
    readonly plan: StaticPlan,
    readonly model: Model,
    stageOf: (node: Node) => number | undefined,
    readonly budget: MemoryBudget,
  ) {
    const { graph } = model;
    this.#stages = new Stages(graph, graph.outputs.map(({ name }) => name), (node, read) => Math.max(read, stageOf(node) ?? 0)); // prettier-ignore
  }

  /** What is known before the stage's block, of one picture. */
  known(picture: number): Promise<Tensors> {
    return this.#store!.read(picture);
  }

  /** The session of a stage, with values besides those that later stages need. */
  segment(stage: number, wanted: readonly string[] = []): Segment {
    const { runtime, context } = this.plan.dependencies;
    const inputs = stage === 0 ? this.model.graph.requiredInputs.map(({ name }) => name) : this.frontier(stage - 1);
    return new Segment(this.model, inputs, [...new Set([...this.frontier(stage), ...wanted])], runtime, context);
  }

  /** Values that stages after this one need; dequantized ones as codes, a quarter of the bytes. */
  frontier(stage: number): string[] {
    const compact = (value: string): string => {
      const maker = this.model.graph.producer(value);
      return maker?.op === 'DequantizeLinear' ? maker.inputs[0]! : value;
    };
    return [...new Set(this.#stages.frontier(stage).map(compact))];
  }

  open(): TensorStore {
    return new TensorStore(this.budget);
  }

  /** Takes what is known after a block in place of what was before. */
  async advance(next: TensorStore): Promise<void> {
    await this.#store?.dispose();
    this.#store = next;
  }

  async dispose(): Promise<void> {
    await this.#store?.dispose();
    this.#store = undefined;
  }
}

/** Runs a segment on pictures, one after the other. Throws Cancelled. */
export async function* runOn(
  segment: Segment,
  pictures: Iterable<number>,
  known: (picture: number) => Promise<Tensors>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly picture: number; readonly values: Tensors }> {
  try {
    for (const picture of pictures) {
      throwIfCancelled(signal);
      yield { picture, values: await segment.run(await known(picture)) };
    }
  } finally {
    await segment.dispose();
  }
}
