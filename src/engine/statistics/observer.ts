import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { Tensor, type NumericArray } from '../onnx/tensor.ts';
import type { Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts';
import { threadsFor } from '../runtime/threads.ts';
import type { MeanRequest } from './channel-means.ts';
import { extremesModel, extremesOutput, meansOutput, sizesOutput, valuesModel, type ExtremePlaces } from './tap.ts';

export type Feeds = Readonly<Record<string, RuntimeTensor>>;

/** Bytes of activations that leave the graph at once. Larger sets are fetched in several runs of the same input. */
const fetchLimit = 64 * 2 ** 20;

/** Runs the float model on one input and hands out what its values were. */
export class Observer {
  readonly #model: Model;
  readonly #values: readonly string[];
  /** Values that the graph makes; its inputs are known already. */
  readonly #made: readonly string[];
  readonly #means: readonly MeanRequest[];
  readonly #runtime: Runtime;
  readonly #context: Context;
  #extremes: { readonly session: Session; readonly places: readonly ExtremePlaces[] } | undefined;
  #full: Session | undefined;
  #groups: { shape: string; names: string[][] } | undefined;

  constructor(model: Model, values: readonly string[], means: readonly MeanRequest[], runtime: Runtime, context: Context) {
    this.#model = model;
    this.#values = values;
    this.#made = values.filter((value) => !model.graph.isInput(value));
    this.#means = means;
    this.#runtime = runtime;
    this.#context = context;
  }

  /**
   * Each value's extremes in the order of the values, undefined where an element is not finite or the graph cannot tell; and the
   * means asked for, undefined where the graph cannot tell.
   */
  async extremes(feeds: Feeds): Promise<{ ranges: ({ low: number; high: number } | undefined)[]; means: Float32Array | undefined }> {
    this.#extremes ??= await this.#loadExtremes();
    const { session, places } = this.#extremes;
    const found = await this.#reduce(session, feeds);
    if (!found) return { ranges: this.#values.map(() => undefined), means: undefined };
    const numbers = asFloat32(found[extremesOutput]!);
    const means = meansIn(found);
    const strange = this.#notFinite(means);
    const ranges = this.#values.map((value, i) => {
      const { low, high, sum } = places[i]!;
      if (sum === undefined ? strange.has(value) : !Number.isFinite(numbers[sum])) return undefined;
      return { low: numbers[low]!, high: numbers[high]! };
    });
    return { ranges, means };
  }

  /**
   * Calls `take` with all elements of each of the named values, one after another; the array is only lent. Returns the means asked
   * for, of the same run.
   */
  async elements(feeds: Feeds, names: readonly string[], take: (name: string, data: Float32Array) => void): Promise<Float32Array> {
    for (const name of names) if (feeds[name]) take(name, asFloat32(feeds[name]));
    this.#full ??= await this.#load(valuesModel(this.#model, this.#made, this.#means));
    const wanted = new Set(names);
    let means: Float32Array | undefined;
    for (const group of await this.#groupsFor(this.#full, feeds)) {
      const outputs = group.filter((name) => wanted.has(name));
      const first = means === undefined && this.#means.length > 0;
      if (outputs.length === 0 && !first) continue;
      const fetched = await this.#full.run(feeds, first ? [...outputs, meansOutput] : outputs);
      means ??= meansIn(fetched);
      for (const name of outputs) take(name, asFloat32(fetched[name]!));
    }
    return means ?? new Float32Array(0);
  }

  async dispose(): Promise<void> {
    await this.#extremes?.session.dispose();
    await this.#full?.dispose();
  }

  async #loadExtremes() {
    const { bytes, places } = extremesModel(this.#model, this.#values, this.#means);
    return { session: await this.#load(bytes), places };
  }

  /** Values of which some channel's mean is NaN or infinite. */
  #notFinite(means: Float32Array): Set<string> {
    const found = new Set<string>();
    let at = 0;
    for (const { value, channels } of this.#means) {
      if (!means.subarray(at, (at += channels)).every(Number.isFinite)) found.add(value);
    }
    return found;
  }

  async #reduce(session: Session, feeds: Feeds): Promise<Record<string, RuntimeTensor> | undefined> {
    try {
      return await session.run(feeds);
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
    return this.#runtime.load(bytes, { optimize: 'all', threads: threadsFor(this.#model, this.#context.threads) });
  }
}

const meansIn = (found: Record<string, RuntimeTensor>): Float32Array =>
  found[meansOutput] ? asFloat32(found[meansOutput]) : new Float32Array(0);

function asFloat32(tensor: RuntimeTensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  if (tensor.type === DataType.string || tensor.type === DataType.undefined) {
    throw new LatheError('statistics.value', 'a value that is not numeric cannot be observed');
  }
  return Tensor.of(tensor.type, tensor.dims, tensor.data as NumericArray).toFloat32();
}
