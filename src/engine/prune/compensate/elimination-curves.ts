import { throwIfCancelled } from '../../base/errors.ts';
import { pauses } from '../../layerwise/pause.ts';
import { Segment } from '../../layerwise/segment.ts';
import type { Model } from '../../onnx/graph.ts';
import { asIs } from '../../statistics/layer-sample.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import type { Coupling, CouplingGroup } from '../groups/types.ts';
import { BlockElimination, type EliminationProblem } from './block-elimination.ts';
import { ChannelMoments } from './channel-moments.ts';
import { ChannelVariance } from './channel-variance.ts';
import { LayerMoments, momentBytes } from './moments.ts';
import { centre, damped, meanVariance } from './ridge.ts';
import { readersOf, type GroupReaders, type Reader, type RoughReader } from './readers.ts';
import type { CompensationDependencies, EliminationCurve } from './types.ts';

/** Moments that are gathered in one pass over the pictures, in bytes; a single group's may be more. */
const momentsAtOnce = 96 * 2 ** 20;

/** Ridge of the elimination as a share of the mean variance of the inputs: alone, and for as many inputs as positions. */
const leastRidge = 1e-3;
const scarceRidge = 0.05;

/** What is known of the readers after the pictures. */
interface Seen {
  readonly exact: ReadonlyMap<Reader, { readonly moment: SecondMoment | undefined; readonly variance: number }>;
  readonly rough: ReadonlyMap<RoughReader, { readonly moments: ChannelMoments; readonly variance: number }>;
}

/**
 * For each group in which order its channels can go, and what each adds to the error of the layers that read them when these make up for it by least
 * squares. On the model as it is: one pass over the pictures for every `momentsAtOnce` of second moments. Layers whose product is not known, or whose moment is too large,
 * are looked at channel by channel; groups that nothing with weights reads are left out. Throws `data.*`, `runtime.*` and Cancelled.
 */
export async function eliminationCurves(
  model: Model,
  coupling: Coupling,
  dependencies: CompensationDependencies,
): Promise<EliminationCurve[]> {
  const readers = readersOf(model.graph, coupling, momentBytes, momentsAtOnce);
  const groups = coupling.groups.filter((group) => group.channels > 1 && sizeOf(readers.get(group)!) > 0);
  const curves: EliminationCurve[] = [];
  for (const batch of batches(groups, readers)) {
    const seen = await look(model, batch.map((group) => readers.get(group)!), dependencies); // prettier-ignore
    for (const group of batch) {
      curves.push(await curveOf(group, readers.get(group)!, seen, dependencies));
      dependencies.context.progress.report({ phase: 'eliminate', done: curves.length, total: groups.length, unit: 'groups' });
    }
  }
  return curves;
}

const sizeOf = ({ exact, rough }: GroupReaders): number => exact.length + rough.length;

function* batches(groups: readonly CouplingGroup[], readers: ReadonlyMap<CouplingGroup, GroupReaders>): Generator<CouplingGroup[]> {
  let batch: CouplingGroup[] = [];
  let held = new Set<Reader>();
  let roughBytes = 0;
  for (const group of groups) {
    const { exact, rough } = readers.get(group)!;
    const own = new Set([...held, ...exact.map(({ reader }) => reader)]);
    const more = rough.length * 8 * group.channels ** 2;
    const bytes = [...own].reduce((sum, { product }) => sum + momentBytes(product), roughBytes + more);
    if (batch.length > 0 && bytes > momentsAtOnce) {
      yield batch;
      batch = [];
      held = new Set();
      roughBytes = 0;
    }
    batch.push(group);
    roughBytes += more;
    for (const { reader } of exact) held.add(reader);
  }
  if (batch.length > 0) yield batch;
}

/** One pass over the pictures. */
async function look(model: Model, readers: readonly GroupReaders[], dependencies: CompensationDependencies): Promise<Seen> {
  const { dataset, runtime, context } = dependencies;
  const exact = [...new Set(readers.flatMap((each) => each.exact.map(({ reader }) => reader)))].map((reader) => ({
    reader,
    moments: new LayerMoments(reader.product, dependencies),
    variance: new ChannelVariance(reader.product.node.op === 'Conv' ? 1 : -1),
  }));
  const rough = readers
    .flatMap((each) => each.rough)
    .map((reader) => ({
      reader,
      moments: new ChannelMoments(reader.at),
      variance: new ChannelVariance(reader.resultAxis),
    }));
  const wanted = [
    ...exact.flatMap(({ reader: { product, chain } }) => [product.node.inputs[0]!, product.node.outputs[0]!, chain.result]),
    ...rough.flatMap(({ reader }) => [reader.input, reader.result]),
  ];
  const segment = new Segment(model, model.graph.requiredInputs.map(({ name }) => name), [...new Set(wanted)], runtime, context); // prettier-ignore
  const toFeeds = pictureFeeder(model);
  try {
    let done = 0;
    for await (const sample of dataset.stream({ signal: context.signal })) {
      throwIfCancelled(context.signal);
      const values = await segment.run(toFeeds(sample));
      for (const { reader, moments, variance } of exact) {
        const [input, output] = [values[reader.product.node.inputs[0]!]!, values[reader.product.node.outputs[0]!]!];
        await moments.add({ input: asIs(input), target: [asIs(output)] }, sample.index);
        variance.add(values[reader.chain.result]!);
      }
      for (const { reader, moments, variance } of rough) {
        moments.add(values[reader.input]!, dataset.samples.length);
        variance.add(values[reader.result]!);
      }
      context.progress.report({ phase: 'moments', done: ++done, total: dataset.samples.length, unit: 'pictures' });
    }
    const found: [Reader, { moment: SecondMoment | undefined; variance: number }][] = [];
    for (const { reader, moments, variance } of exact) found.push([reader, { moment: await moments.finish(), variance: variance.total }]);
    return {
      exact: new Map(found),
      rough: new Map(rough.map(({ reader, moments, variance }) => [reader, { moments, variance: variance.total }])),
    };
  } finally {
    await segment.dispose();
    for (const { moments } of exact) await moments.dispose();
  }
}

async function curveOf(
  group: CouplingGroup,
  readers: GroupReaders,
  seen: Seen,
  { context }: CompensationDependencies,
): Promise<EliminationCurve> {
  const pause = pauses(context);
  const problems = [
    ...readers.exact.flatMap(({ reader, rows }) => exactProblems(reader, rows, seen.exact.get(reader)!)),
    ...readers.rough.flatMap((reader) => roughProblem(reader, seen.rough.get(reader)!)),
  ];
  const parts: BlockElimination[] = [];
  for (const problem of problems) parts.push(await BlockElimination.of(problem, pause));
  const left = new Set(Array.from({ length: group.channels }, (_, channel) => channel));
  const order: number[] = [];
  const increases: number[] = [];
  while (left.size > 1) {
    let [best, least] = [-1, Infinity];
    for (const channel of left) {
      let cost = 0;
      for (const part of parts) cost += await part.cost(channel, pause);
      if (cost < least || best < 0) [best, least] = [channel, cost];
    }
    for (const part of parts) await part.remove(best, pause);
    left.delete(best);
    order.push(best);
    increases.push(Number.isFinite(least) ? least : 0);
  }
  return { group: group.name, order, increases };
}

/** One for each part of a grouped convolution; none where nothing varies. */
function exactProblems(
  { product, chain }: Reader,
  blocks: readonly Int32Array[],
  { moment, variance }: { readonly moment: SecondMoment | undefined; readonly variance: number },
): EliminationProblem[] {
  if (!moment || !(variance > 0)) return [];
  const { groups, depth, outputs } = product.shape;
  return Array.from({ length: groups }, (_, part) => {
    const centred = centre(moment.group(part), outputs, true);
    const moments = withRidge(centred.products, depth, moment.positions);
    if (!moments) return [];
    const weights = new Float64Array(depth * outputs);
    for (let o = 0; o < outputs; o++) {
      const row = part * outputs + o;
      const factor = chain.follower?.factors[row] ?? 1;
      for (let i = 0; i < depth; i++) weights[i * outputs + o] = factor * product.weights[row * depth + i]!;
    }
    return [{ moments, weights, depth, outputs, blocks, scale: variance }];
  }).flat();
}

function roughProblem(
  { weights }: RoughReader,
  { moments: seen, variance }: { readonly moments: ChannelMoments; readonly variance: number },
): EliminationProblem[] {
  const depth = seen.channels;
  const moments = variance > 0 ? withRidge(seen.covariance(), depth, seen.count) : undefined;
  if (!moments) return [];
  const blocks = Array.from({ length: depth }, (_, channel) => Int32Array.of(channel));
  return [{ moments, weights, depth, outputs: weights.length / depth, blocks, scale: variance }];
}

/** undefined where nothing varies. */
function withRidge(products: Float64Array, depth: number, positions: number): Float64Array | undefined {
  const added = (leastRidge + scarceRidge * (depth / Math.max(1, positions))) * meanVariance({ products, depth });
  return added > 0 ? damped({ products, depth }, added) : undefined;
}
