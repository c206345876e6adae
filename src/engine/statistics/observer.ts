import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { Tensor, type NumericArray } from '../onnx/tensor.ts';
import type { Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts';
import { extremesModel, extremesOutput, numbersPerValue, sizesOutput, valuesModel } from './tap.ts';

export type Feeds = Readonly<Record<string, RuntimeTensor>>;

/** Bytes of activations that leave the graph at once. Larger sets are fetched in several runs of the same input. */
const fetchLimit = 64 * 2 ** 20;

/** Runs the float model on one input and hands out what its values were. */
export class Observer {
  readonly #model: Model;
  readonly #values: readonly string[];
  /** Values that the graph makes; its inputs are known already. */
  readonly #made: readonly string[];
  readonly #runtime: Runtime;
  readonly #context: Context;
  #extremes: Session | undefined;
  #full: Session | undefined;
  #groups: { shape: string; names: string[][] } | undefined;

  constructor(model: Model, values: readonly string[], runtime: Runtime, context: Context) {
    this.#model = model;
    this.#values = values;
    this.#made = values.filter((value) => !model.graph.isInput(value));
    this.#runtime = runtime;
    this.#context = context;
  }

  /** Each value's extremes in the order of the values, or undefined where an element is not finite or the graph cannot tell. */
  async extremes(feeds: Feeds): Promise<({ low: number; high: number } | undefined)[]> {
    this.#extremes ??= await this.#load(extremesModel(this.#model, this.#values));
    const found = await this.#reduce(this.#extremes, feeds);
    return this.#values.map((_, i) => {
      const [low, high, sum] = found?.subarray(i * numbersPerValue, (i + 1) * numbersPerValue) ?? [];
      if (low === undefined || high === undefined || !Number.isFinite(sum)) return undefined;
      return { low, high };
    });
  }

  /** Calls `take` with all elements of each of the named values, one after another. The array is only lent. */
  async elements(feeds: Feeds, names: readonly string[], take: (name: string, data: Float32Array) => void): Promise<void> {
    for (const name of names) if (feeds[name]) take(name, asFloat32(feeds[name]));
    if (this.#made.length === 0) return;
    this.#full ??= await this.#load(valuesModel(this.#model, this.#made));
    for (const group of await this.#groupsFor(this.#full, feeds)) {
      const wanted = group.filter((name) => names.includes(name));
      if (wanted.length === 0) continue;
      const fetched = await this.#full.run(feeds, wanted);
      for (const name of wanted) take(name, asFloat32(fetched[name]!));
    }
  }

  async dispose(): Promise<void> {
    await this.#extremes?.dispose();
    await this.#full?.dispose();
  }

  async #reduce(session: Session, feeds: Feeds): Promise<Float32Array | undefined> {
    try {
      return asFloat32((await session.run(feeds, [extremesOutput]))[extremesOutput]!);
    } catch (error) {
      // A reduction refuses a value without elements (a detector that found nothing): look at the values themselves.
      if (!(error instanceof LatheError) || error.code !== 'runtime.run') throw error;
      this.#context.logger.debug(`extremes of this picture are taken from the whole tensors: ${error.message}`);
      return undefined;
    }
  }

  /** Values split into sets of at most `fetchLimit` bytes; sizes are asked of the model once for each shape of input. */
  async #groupsFor(session: Session, feeds: Feeds): Promise<string[][]> {
    const shape = JSON.stringify(Object.values(feeds).map((tensor) => tensor.dims));
    if (this.#groups?.shape === shape) return this.#groups.names;
    const sizes = (await session.run(feeds, [sizesOutput]))[sizesOutput]!.data as BigInt64Array;
    const names: string[][] = [[]];
    let bytes = 0;
    this.#made.forEach((value, i) => {
      const size = Number(sizes[i]) * Float32Array.BYTES_PER_ELEMENT;
      if (bytes > 0 && bytes + size > fetchLimit) {
        names.push([]);
        bytes = 0;
      }
      names.at(-1)!.push(value);
      bytes += size;
    });
    this.#groups = { shape, names };
    return names;
  }

  #load(bytes: Uint8Array): Promise<Session> {
    return this.#runtime.load(bytes, { optimize: 'all', threads: this.#context.threads });
  }
}

function asFloat32(tensor: RuntimeTensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  if (tensor.type === DataType.string || tensor.type === DataType.undefined) {
    throw new LatheError('statistics.value', 'a value that is not numeric cannot be observed');
  }
  return Tensor.of(tensor.type, tensor.dims, tensor.data as NumericArray).toFloat32();
}
