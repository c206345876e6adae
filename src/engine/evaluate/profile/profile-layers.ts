import type { Context } from '../../base/context.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import type { Model, ValueInfo } from '../../onnx/graph.ts';
import { scanModel } from '../../onnx/scan.ts';
import type { NumericArray } from '../../onnx/tensor.ts';
import { nodeMacs } from '../../ops/measure/macs.ts';
import { inferShapes } from '../../ops/infer.ts';
import { profileModel, type NodeTiming } from '../../runtime/profile.ts';
import type { Runtime, RuntimeTensor } from '../../runtime/runtime.ts';
import { attributeSteps, type Step } from './attribute.ts';

export interface LayerTiming {
  /** Place in the main graph's nodes. */
  readonly layer: number;
  /** Median milliseconds of the steps that do the layer's work, and that of what is fused into it. */
  readonly ms: number;
}

export interface LayerProfile {
  readonly timings: readonly LayerTiming[];
  /** Layers without a time of their own: the layer whose steps do their work; null: nothing is left of them to run. */
  readonly inside: readonly (readonly [layer: number, host: number | null])[];
  /** Steps that ONNX Runtime added, such as changes of layout, and what they take together in milliseconds. */
  readonly added: { readonly steps: number; readonly ms: number };
  /** Sum of all steps, milliseconds. */
  readonly totalMs: number;
  readonly runs: number;
  readonly warmUp: number;
  readonly threads: number;
  /** Sizes that free dimensions were given, by input. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export interface ProfileLayersRequest {
  readonly path: string;
  readonly runs: number;
  readonly warmUp: number;
  /** Sizes of inputs with free dimensions beside the batch. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** ONNX Runtime writes an event for each step of each run: more would fill the memory when they are read. */
const mostEvents = 200_000;
/** No run begins after so long, milliseconds; three are always counted. */
const longest = 20_000;
const fewestRuns = 3;
/** ONNX Runtime cannot store a larger graph in one file. */
const largestStored = 1.9e9;

/**
 * Time by layer from ONNX Runtime's own profile of the model as a user's program runs it: all optimizations, spinning threads, noise as input.
 * Times of fused nodes stand at the layer with the most multiply-adds; what ran inside another layer is said, not guessed apart. Throws
 * `profile.shape` for free dimensions nobody gave, `profile.input` for inputs that are no tensors of numbers, `runtime.*`, Cancelled.
 */
export async function profileLayers(
  { path, runs, warmUp, shapes: given = {} }: ProfileLayersRequest,
  { runtime, context }: { readonly runtime: Runtime; readonly context: Context },
): Promise<LayerProfile> {
  const model = await scanModel(path);
  const inputs = model.graph.requiredInputs.map((input) => ({ input, dims: dimsOf(input, given[input.name], path) }));
  const feeds = Object.fromEntries(inputs.map(({ input, dims }) => [input.name, noise(input, dims, path)]));
  const { clock, signal, progress, threads } = context;
  const wanted = Math.max(fewestRuns, Math.min(runs, Math.floor(mostEvents / Math.max(1, model.graph.nodes.length)) - warmUp));
  const began = clock.monotonic();
  let counted = 0;
  let optimized: Model | undefined;
  const steps = await profileModel({
    runtime,
    model: { path },
    feeds,
    optimize: 'all',
    threads,
    runs: wanted,
    warmUp,
    afterRun(done) {
      throwIfCancelled(signal);
      counted = done - warmUp;
      progress.report({ phase: 'time', done, total: warmUp + wanted, unit: 'runs' });
      return counted < fewestRuns || clock.monotonic() - began < longest;
    },
    ...(weightBytes(model) < largestStored
      ? { withOptimized: async (file: string) => void (optimized = await scanModel(file, { lenient: true })) }
      : {}),
  });
  const { root } = inferShapes(model, { bind: Object.fromEntries(inputs.map(({ input, dims }) => [input.name, dims])) });
  const found = summarize(steps, optimized, model, (layer) => nodeMacs(root, root.nodes[layer]!) ?? 0);
  const free = inputs.filter(({ input }) => input.type?.kind === 'tensor' && input.type.shape?.some((dim) => typeof dim !== 'number'));
  const shapes = Object.fromEntries(free.map(({ input, dims }) => [input.name, dims]));
  return { ...found, runs: counted, warmUp, threads, shapes };
}

/** Joins the timings with the graph that was run. `macs`: of a layer, by its place. */
export function summarize(
  timings: readonly NodeTiming[],
  optimized: Model | undefined,
  { graph }: Model,
  macs: (layer: number) => number,
): Pick<LayerProfile, 'timings' | 'inside' | 'added' | 'totalMs'> {
  const known = new Map(optimized?.graph.nodes.map((node) => [node.name, node]));
  const steps = timings.map(({ name, op }): Step => ({
    name,
    op,
    inputs: known.get(name)?.inputs ?? [],
    outputs: known.get(name)?.outputs ?? [],
  }));
  const places = new Map(graph.nodes.map((node, index) => [node, index]));
  const { stepOf, nodeOf } = attributeSteps(graph, steps, (node) => macs(places.get(node)!));
  const ms = new Map<number, number>();
  let [extra, totalMs] = [{ steps: 0, ms: 0 }, 0];
  for (const [step, { medianMs }] of timings.entries()) {
    const node = nodeOf[step]!;
    totalMs += medianMs;
    if (node < 0) extra = { steps: extra.steps + 1, ms: extra.ms + medianMs };
    else ms.set(node, (ms.get(node) ?? 0) + medianMs);
  }
  const inside = graph.nodes.flatMap((_, layer): [number, number | null][] => {
    if (ms.has(layer)) return [];
    const step = stepOf[layer]!;
    return [[layer, step < 0 ? null : nodeOf[step]!]];
  });
  return { timings: [...ms].sort(([a], [b]) => a - b).map(([layer, time]) => ({ layer, ms: time })), inside, added: extra, totalMs };
}

const weightBytes = ({ graph }: Model): number => [...graph.initializers.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);

function dimsOf(input: ValueInfo, given: readonly number[] | undefined, file: string): number[] {
  const declared = input.type?.kind === 'tensor' ? input.type.shape : undefined;
  if (!declared) throw new LatheError('profile.input', 'an input has no shape to make noise of', { file, node: input.name });
  return declared.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    const size = given?.[axis] ?? (axis === 0 ? 1 : undefined);
    if (size !== undefined && size > 0) return size;
    throw new LatheError('profile.shape', `the input's dimension ${dim === null ? axis : JSON.stringify(dim)} is free`, {
      file,
      node: input.name,
      hint: 'Say at which size the model is to be timed.',
    });
  });
}

/** Elements that one input may have: what a picture or a batch of them takes, many times over. */
const largestInput = 2 ** 28;

/** Noise from 0 to 1 for floats, small numbers for integers. What a network is fed hardly changes its time. */
function noise(input: ValueInfo, dims: number[], file: string): RuntimeTensor {
  const type = input.type?.kind === 'tensor' ? input.type.elementType : DataType.undefined;
  const size = dims.reduce((product, dim) => product * dim, 1);
  const refuse = (why: string): LatheError => new LatheError('profile.input', why, { file, node: input.name });
  if (size > largestInput) throw refuse(`an input of ${size} elements is too large to be timed`);
  const random = seededRandom(0, input.name);
  const fill = <T extends NumericArray>(data: T, next: () => number): RuntimeTensor => {
    for (let i = 0; i < size; i++) data[i] = next();
    return { type, dims, data };
  };
  switch (type) {
    case DataType.float32:
      return fill(new Float32Array(size), () => random.next());
    case DataType.float64:
      return fill(new Float64Array(size), () => random.next());
    case DataType.float16: // from 0.5 to 1: the exponent of 0.5 and a random mantissa
      return fill(new Uint16Array(size), () => 0x3800 + random.integer(0x400));
    case DataType.uint8:
      return fill(new Uint8Array(size), () => random.integer(256));
    case DataType.int8:
      return fill(new Int8Array(size), () => random.integer(256) - 128);
    case DataType.bool:
      return { type, dims, data: new Uint8Array(size) };
    case DataType.int32:
      return { type, dims, data: new Int32Array(size) };
    case DataType.int64:
      return { type, dims, data: new BigInt64Array(size) };
    default:
      throw refuse(`an input of type ${dataTypeName(type)} cannot be made up`);
  }
}
