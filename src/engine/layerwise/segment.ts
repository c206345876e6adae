import type { Context } from '../base/context.ts';
import { encodeModel } from '../onnx/codec.ts';
import { cutGraph } from '../onnx/cut.ts';
import type { Model, ValueInfo } from '../onnx/graph.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import type { Tensors } from './tensor-store.ts';

/** The part of a model from some known values to wanted ones, loaded for running. */
export class Segment {
  #session: Session | undefined;

  constructor(
    readonly model: Model,
    readonly inputs: readonly string[],
    readonly outputs: readonly string[],
    readonly runtime: Runtime,
    readonly context: Context,
  ) {}

  /** The wanted values, for what is known of one picture; values that are known already are handed through. */
  async run(known: Tensors): Promise<Tensors> {
    const made = this.outputs.filter((name) => !known[name]);
    const found = made.length ? await (this.#session ??= await this.#load(known, made)).run(this.#feeds(known)) : {};
    return Object.fromEntries(this.outputs.map((name) => [name, known[name] ?? found[name]!]));
  }

  async dispose(): Promise<void> {
    await this.#session?.dispose();
    this.#session = undefined;
  }

  #feeds(known: Tensors): Tensors {
    return Object.fromEntries(this.#session!.inputs.map(({ name }) => [name, known[name]!]));
  }

  /** Types are those of the first picture. Sizes are left open: they may differ between pictures. */
  async #load(known: Tensors, made: readonly string[]): Promise<Session> {
    const inputs = this.inputs.map((name): ValueInfo => {
      const { type, dims } = known[name]!;
      return { name, type: { kind: 'tensor', elementType: type, shape: dims.map(() => null) } };
    });
    const part = cutGraph(this.model, inputs, made);
    part.graph.inputs = part.graph.inputs.filter(({ name }) => part.graph.users(name).length > 0);
    return this.runtime.load(encodeModel(part), { optimize: 'all', keepQdq: true, threads: this.context.threads });
  }
}
