import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { CompareDocument } from '../../protocol/results/compare.ts';
import type { Context } from '../base/context.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import type { Dataset } from '../data/types.ts';
import type { NodeFate } from '../drawing/xir/match.ts';
import { xirStructure } from '../drawing/xir/structure.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType } from '../onnx/data-type.ts';
import { readModel } from '../onnx/file.ts';
import type { Model, Node } from '../onnx/graph.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import type { Feeds } from '../statistics/observer.ts';
import { checkXir } from '../xir/check.ts';
import { decodeXir } from '../xir/codec.ts';
import { evaluateXir, type Values } from '../xir/evaluate/index.ts';
import type { XirGraph } from '../xir/graph.ts';
import { fixOf } from '../xir/stored.ts';
import { tapped } from './compare.ts';
import { LayerSums } from './layer-sums.ts';

/** Our evaluation does some 10⁸ multiply-adds a second: what is asked for in all is done within half a minute. */
const mostMacs = 3e9;

/** What they make has the same elements in another order, as XIR keeps channels last. */
const reordering = ['reshape', 'flatten', 'squeeze', 'transpose'];

export interface CompareXirRequest {
  /** One of the two ends in `.xmodel`. */
  readonly a: string;
  readonly b: string;
  readonly dataset?: Dataset;
  readonly samples?: number;
  /** Of the random picture that is run where there is no dataset. */
  readonly seed: number;
}

/**
 * Compares a model with the XIR file that was made from it: what became of each node, positions, and for quantized files the numbers, computed as the
 * vendor's code does: on pictures, or on a random one. Errors are those of the `.xmodel`. Throws `compare.formats` for two of them, and as
 * reading the files.
 */
export async function compareWithXir(request: CompareXirRequest, deps: { runtime: Runtime; context: Context }): Promise<CompareDocument> {
  const { document, onnx, xmodel, macs } = await xirStructure(request);
  const { kind, nodes } = document.xir;
  const problem = notComputed(kind, macs, statSync(xmodel).size);
  if (problem !== undefined) return { ...document, warnings: [problem] };
  const most = Math.max(1, Math.floor(mostMacs / Math.max(1, macs)));
  return { ...document, ...(await numbers(request, { onnx, xmodel, nodes, most }, deps)) };
}

function notComputed(kind: 'quantized' | 'compiled', macs: number, bytes: number): string | undefined {
  if (kind === 'compiled') return "a compiled file's weights are in the hardware's layout: numbers are not compared";
  if (macs > mostMacs || bytes > 2 ** 29) return 'numbers are not compared: one picture would take longer than half a minute';
  return undefined;
}

interface Files {
  readonly onnx: string;
  readonly xmodel: string;
  readonly nodes: readonly NodeFate[];
  /** Pictures that are affordable. */
  readonly most: number;
}

async function numbers(
  { dataset, samples = Infinity, seed }: CompareXirRequest,
  { onnx, xmodel, nodes, most }: Files,
  { runtime, context }: { runtime: Runtime; context: Context },
): Promise<Pick<CompareDocument, 'layers' | 'outputs' | 'samples' | 'warnings'>> {
  const model = await readModel(onnx);
  const { graph } = checkXir(decodeXir(new Uint8Array(await readFile(xmodel)), xmodel), xmodel);
  const input = graph.ops.filter(({ type }) => type === 'data');
  if (input.length !== 1 || model.graph.requiredInputs.length !== 1)
    return { layers: [], outputs: [], samples: 0, warnings: ['numbers are compared for models of one input only'] };
  const valueOf = new Map(model.graph.nodes.map((node) => [node.label, resultOf(model, node)]));
  const layers = nodes

    .filter(({ became, type }) => became === 'same' && !reordering.includes(type ?? ''))
    .map((fate) => ({ fate, value: valueOf.get(fate.node)!, sums: new LayerSums(false) }));
  const results = resultNames(graph);
  const outputs = model.graph.outputs.map(({ name }, at) => ({ name, op: results[at], sums: new LayerSums(false) }));
  const session = await runtime.load(encodeModel(tapped(model, layers.map(({ value }) => value))), { optimize: 'none', threads: context.threads }); // prettier-ignore
  const total = dataset ? Math.min(samples, most, dataset.samples.length) : 1;
  const warnings = new Set<string>();
  let done = 0;
  try {
    for await (const feeds of pictures(model, graph, { dataset, total, seed, signal: context.signal })) {
      throwIfCancelled(context.signal);
      const values = evaluated(graph, feeds, warnings);
      if (!values) break;
      const theirs = await runOne(session, feeds);
      for (const { fate, value, sums } of layers)
        if (!added(sums, theirs[value], values.get(fate.xir!))) warnings.add(`${fate.node} is not compared: its sizes differ`);
      for (const { name, op, sums } of outputs) if (op !== undefined) added(sums, theirs[name], values.get(op));
      context.progress.report({ phase: 'compare', done: ++done, total, unit: 'pictures' });
    }
  } finally {
    await session.dispose();
  }
  if (done === 0) return { layers: [], outputs: [], samples: 0, warnings: [...warnings] };
  if (!dataset) warnings.add('no pictures were given: numbers are those of one random picture');
  if (dataset && total < Math.min(samples, dataset.samples.length)) warnings.add(`${total} of ${dataset.samples.length} pictures were run: more would take longer than half a minute`); // prettier-ignore
  return {
    layers: layers.map(({ fate, sums }) => ({ a: fate.node, b: fate.xir!, op: fate.op, ...sums.error })),
    outputs: outputs.map(({ name, sums }) => {
      const { meanShift: _, ...error } = sums.error;
      return { name, ...error };
    }),
    samples: dataset ? done : 0,
    warnings: [...warnings],
  };
}

/** What a node makes, behind the normalization that is folded into it. */
function resultOf({ graph }: Model, node: Node): string {
  const [result = ''] = node.outputs;
  const users = graph.users(result);
  const [next] = users;
  return users.length === 1 && next!.node.op === 'BatchNormalization' && !graph.isOutput(result) ? next!.node.outputs[0]! : result;
}

/** undefined where the file has an operator that is not computed here; then that is said. */
function evaluated(graph: XirGraph, feeds: Feeds, warnings: Set<string>): Map<string, Values> | undefined {
  const [picture] = Object.values(feeds);
  const input = graph.ops.find(({ type }) => type === 'data')!;
  const { shape } = input.tensor;
  const data = picture!.data as Float32Array;
  try {
    return evaluateXir(graph, new Map([[input.name, shape.length === 4 ? channelsLast(data, shape) : data]]));
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    warnings.add(`numbers are not compared: ${error.message}`);
    return undefined;
  }
}

async function* pictures(
  model: Model,
  graph: XirGraph,
  { dataset, total, seed, signal }: { dataset: Dataset | undefined; total: number; seed: number; signal: AbortSignal },
): AsyncGenerator<Feeds> {
  const feed = pictureFeeder(model);
  if (dataset) {
    for await (const sample of dataset.stream({ signal, to: total })) yield feed(sample);
    return;
  }
  const input = graph.ops.find(({ type }) => type === 'data')!;
  const { shape } = input.tensor;
  const dims = shape.length === 4 ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : [...shape];
  // Over the range of the input's integers.
  const reader = graph.ops.find((op) => op.type === 'fix' && op.inputs.get('input')?.[0] === input.name);
  const reach = 2 ** (7 - ((reader && fixOf(reader).position) ?? 7));
  const random = seededRandom(seed, 'compare');
  const data = Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => (2 * random.next() - 1) * reach);
  yield { [model.graph.requiredInputs[0]!.name]: { type: DataType.float32, dims, data } };
}

async function runOne(session: Session, feeds: Feeds): Promise<Record<string, { dims: readonly number[]; data: unknown } | undefined>> {
  return session.run(feeds);
}

/** Whether both have as many elements; then they are added. */
function added(sums: LayerSums, theirs: { dims: readonly number[]; data: unknown } | undefined, mine: Values | undefined): boolean {
  if (!theirs || !mine || !(theirs.data instanceof Float32Array) || theirs.data.length !== mine.data.length) return false;
  sums.add(theirs.dims.length === 4 && mine.shape.length === 4 ? channelsLast(theirs.data, mine.shape) : theirs.data, mine.data);
  return true;
}

/** Elements of a feature map of ONNX in the order of XIR; `shape` is that of XIR. */
function channelsLast(data: Float32Array, [batch = 1, height = 1, width = 1, channels = 1]: readonly number[]): Float32Array {
  const out = new Float32Array(data.length);
  const area = height * width;
  for (let n = 0; n < batch; n++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < area; i++) out[(n * area + i) * channels + c] = data[(n * channels + c) * area + i]!;
  return out;
}

const resultNames = (graph: XirGraph): readonly string[] => {
  const named = graph.attributes.get('return_ops');
  return named?.kind === 'string_vec' ? named.value : [];
};
