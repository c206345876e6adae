import type { CompareDocument, ComparedLayer } from '../../protocol/results/compare.ts';
import type { Context } from '../base/context.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { matchModels } from '../drawing/diff/match.ts';
import { cloneModel } from '../onnx/clone.ts';
import { encodeModel } from '../onnx/codec.ts';
import { cutGraph } from '../onnx/cut.ts';
import { dataTypeBits, isFloatType } from '../onnx/data-type.ts';
import { readModel } from '../onnx/file.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import { inferShapes } from '../ops/infer.ts';
import type { Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import { ChannelErrors, estimatedRanges, layerOutputs } from './layer-outputs.ts';
import { LayerSums, type LayerHistogram } from './layer-sums.ts';
import { matchedLayers, type MatchedLayer } from './match-layers.ts';
import { numbersOf } from './outputs.ts';
import { fileBytes } from './size.ts';
import { structureChange } from './structure.ts';

export interface CompareRequest {
  /** Paths; errors are those of `b` against `a`. */
  readonly a: string;
  readonly b: string;
  /** Without pictures only structure and sizes are compared. */
  readonly dataset?: Dataset;
  /** Most pictures that are run; all of the dataset by default. */
  readonly samples?: number;
  /** Histograms of each layer's output in both models as well. */
  readonly histograms?: boolean;
  /** These histograms in the document, with channels and what range estimators would choose. */
  readonly outputs?: boolean;
  /** Values that one session keeps, at most; by default 512 MiB. Figures do not depend on it. */
  readonly sessionBytes?: number;
}

export interface Comparison {
  readonly document: CompareDocument;
  /** By the layer's name in `a`. */
  readonly histograms: ReadonlyMap<string, LayerHistogram>;
}

/** A session keeps all values that it may be asked for, while it runs, asked for or not: what is more than so much is split among several. */
const mostSessionBytes = 512 << 20;
/** Activations of one run are asked for in groups of about this size, so that a deep network's are never all there at once. */
const groupBytes = 64 << 20;
/** Larger groups where sessions are split: each of their runs begins at the picture again. */
const largeGroupBytes = 256 << 20;
/** What a value of unknown shape is taken for. */
const unknownBytes = 16 << 20;

/**
 * Compares two models: structure and size, and with pictures the output of every layer that both have, run as written (without fusions).
 * Memory does not grow with the pictures; sums are added in the dataset's order.
 */
export async function compareModels(
  request: CompareRequest,
  deps: { readonly runtime: Runtime; readonly context: Context },
): Promise<Comparison> {
  const [scannedA, scannedB] = [await scanModel(request.a), await scanModel(request.b)];
  const [a, b] = request.dataset ? [await readModel(request.a), await readModel(request.b)] : [scannedA, scannedB];
  const matching = await matchModels(a, b, deps.context.signal);
  const [matched, structure] = [matchedLayers(matching), structureChange(matching)];
  const size = { a: fileBytes(request.a, scannedA), b: fileBytes(request.b, scannedB) };
  const base = { inputs: [request.a, request.b] as [string, string], structure, size };
  if (!request.dataset) return { document: { ...base, layers: [], outputs: [], samples: 0, warnings: [] }, histograms: new Map() };
  const run = new ComparisonRun(a, b, matched, request);
  const samples = await run.stream(request.dataset, request.samples ?? Infinity, deps);
  return { document: { ...base, ...run.results(), samples }, histograms: run.histograms() };
}

interface Pair {
  readonly valueA: string;
  readonly valueB: string;
  readonly sums: LayerSums;
  readonly channels?: ChannelErrors;
  /** Why it is not compared; empty for shapes and indices, which nobody misses. */
  problem?: string;
}

class ComparisonRun {
  readonly #layers: readonly (MatchedLayer & Pair)[];
  readonly #outputs: readonly (Pair & { readonly name: string })[];

  constructor(
    readonly a: Model,
    readonly b: Model,
    matched: readonly MatchedLayer[],
    private readonly request: CompareRequest,
  ) {
    const { histograms = false, outputs = false } = request;
    const channels = (): Pick<Pair, 'channels'> => (outputs ? { channels: new ChannelErrors() } : {});
    this.#layers = matched.map((layer) => ({ ...layer, sums: new LayerSums(histograms || outputs), ...channels() }));
    const [outputsA, outputsB] = [a, b].map((model) => model.graph.outputs.map(({ name }) => name)) as [string[], string[]];
    this.#outputs = outputsA.flatMap((name, i) => {
      const other = outputsB.includes(name) ? name : outputsA.length === outputsB.length ? outputsB[i] : undefined;
      return other === undefined ? [] : [{ name, valueA: name, valueB: other, sums: new LayerSums(false) }];
    });
  }

  /** Returns how many pictures were run. */
  async stream(dataset: Dataset, most: number, { runtime, context }: { runtime: Runtime; context: Context }): Promise<number> {
    const [feedA, feedB] = [pictureFeeder(this.a), pictureFeeder(this.b)];
    const total = Math.min(most, dataset.samples.length);
    const parts = this.#parts();
    const open = (model: Model, values: readonly string[]): Promise<Session> => {
      const asked = parts.length > 1 ? cutGraph(model, model.graph.requiredInputs, values) : tapped(model, values);
      return runtime.load(encodeModel(asked), { optimize: 'none', threads: context.threads });
    };
    let done = 0;
    for (const groups of parts) {
      const pairs = groups.flat();
      const sessionA = await open(this.a, distinct(pairs.map(({ valueA }) => valueA)));
      try {
        const sessionB = await open(this.b, distinct(pairs.map(({ valueB }) => valueB)));
        try {
          for await (const sample of dataset.stream({ signal: context.signal, to: total })) {
            for (const group of groups) {
              throwIfCancelled(context.signal);
              const resultsA = await sessionA.run(feedA(sample), distinct(group.map(({ valueA }) => valueA)));
              const resultsB = await sessionB.run(feedB(sample), distinct(group.map(({ valueB }) => valueB)));
              for (const pair of group) addPair(pair, resultsA[pair.valueA], resultsB[pair.valueB]);
            }
            context.progress.report({ phase: 'compare', done: ++done, total: total * parts.length, unit: 'pictures' });
          }
        } finally {
          await sessionB.dispose();
        }
      } finally {
        await sessionA.dispose();
      }
    }
    return done / parts.length;
  }

  /** What each pair of sessions is asked for, in groups. */
  #parts(): Pair[][][] {
    const shapes = inferShapes(this.a);
    const bytesOf = ({ valueA }: Pair): number => {
      const { shape, type } = shapes.of(valueA) ?? {};
      const known = shape?.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : NaN));
      const bytes = known ? known.reduce((product, dim) => product * dim, (dataTypeBits(type ?? 0) ?? 32) / 8) : NaN;
      return Number.isNaN(bytes) ? unknownBytes : bytes;
    };
    const parts = packed([...this.#layers, ...this.#outputs], this.request.sessionBytes ?? mostSessionBytes, bytesOf);
    return parts.map((pairs) => packed(pairs, parts.length > 1 ? largeGroupBytes : groupBytes, bytesOf));
  }

  results(): Pick<CompareDocument, 'layers' | 'outputs' | 'warnings'> {
    const compared = this.#layers.filter(({ problem }) => problem === undefined);
    return {
      layers: compared.map((layer) => ({ a: layer.a, b: layer.b, op: layer.op, ...layer.sums.error, ...outputsOf(layer) })),
      outputs: this.#outputs
        .filter(({ problem }) => problem === undefined)
        .map(({ name, sums }) => {
          const { meanShift: _, ...error } = sums.error;
          return { name, ...error };
        }),
      warnings: notCompared(this.#layers),
    };
  }

  histograms(): Map<string, LayerHistogram> {
    return new Map(this.#layers.flatMap(({ a, sums: { histogram } }) => (histogram ? [[a, histogram]] : [])));
  }
}

/** Neighbours together, up to so many bytes; one that is larger is alone. At least one group. */
function packed(pairs: readonly Pair[], most: number, bytesOf: (pair: Pair) => number): Pair[][] {
  const groups: Pair[][] = [[]];
  let room = most;
  for (const pair of pairs) {
    const bytes = bytesOf(pair);
    if (bytes > room && groups.at(-1)!.length > 0) {
      groups.push([]);
      room = most;
    }
    groups.at(-1)!.push(pair);
    room -= bytes;
  }
  return groups;
}

/** Single layers by name; many, as pruning leaves them, as a number with one example. */
const fewProblems = 3;

function notCompared(layers: readonly (MatchedLayer & Pair)[]): string[] {
  const said = layers.filter(({ problem }) => problem);
  if (said.length <= fewProblems) return said.map(({ a, problem }) => `${a} is not compared: ${problem}`);
  const [first] = said;
  return [`${said.length} layers are not compared; of ${first!.a} ${first!.problem}`];
}

function addPair(pair: Pair, a: RuntimeTensor | undefined, b: RuntimeTensor | undefined): void {
  if (pair.problem !== undefined) return;
  if (!a || !b) pair.problem = 'the runtime did not give its output';
  else if (a.type !== b.type) pair.problem = 'its output is stored in different types';
  else if (a.data.length !== b.data.length)
    pair.problem = `its output is [${a.dims.join(', ')}] in one model and [${b.dims.join(', ')}] in the other`;
  else if (!isFloatType(a.type)) pair.problem = '';
  else {
    const [left, right] = [numbersOf(a), numbersOf(b)];
    pair.sums.add(left, right);
    pair.channels?.add(left, right, a.dims);
  }
}

function outputsOf({ sums, channels }: Pair): Pick<ComparedLayer, 'outputs'> {
  const { histogram, values } = sums;
  return channels && histogram && values ? { outputs: layerOutputs(histogram, channels, estimatedRanges(values)) } : {};
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)];

/** A copy of the model with more of its values as outputs. */
export function tapped(model: Model, values: readonly string[]): Model {
  const copy = cloneModel(model);
  const { graph } = copy;
  graph.outputs = [...graph.outputs, ...values.filter((value) => !graph.isOutput(value)).map((name) => ({ name }))];
  return copy;
}
