import { throwIfCancelled } from '../../base/errors.ts';
import { pauses } from '../../layerwise/pause.ts';
import { Segment } from '../../layerwise/segment.ts';
import type { Model } from '../../onnx/graph.ts';
import { asIs } from '../../statistics/layer-sample.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import type { Coupling, CouplingGroup } from '../groups/types.ts';
import { BlockElimination, type EliminationProblem } from './block-elimination.ts';
import { ChannelVariance } from './channel-variance.ts';
import { LayerMoments, momentBytes } from './moments.ts';
import { centre, meanVariance } from './ridge.ts';
import { readersOf, type ReadBlocks, type Reader } from './readers.ts';
import type { CompensationDependencies, EliminationCurve } from './types.ts';

/** Moments that are gathered in one pass over the pictures, in bytes; a single group's may be more. */
const momentsAtOnce = 192 * 2 ** 20;

/** Ridge of the elimination as a share of the mean variance of the inputs: alone, and for as many inputs as positions. */
const leastRidge = 1e-3;
const scarceRidge = 0.05;

/** What is known of a reader after the pictures. */
interface Seen {
  readonly moment: SecondMoment | undefined;
  /** Of what later layers see of it. */
  readonly variance: number;
}

/**
 * For each group in which order its channels can go, and what each adds to the error of the layers that read them when these make up for it by least
 * squares. On the model as it is: one pass over the pictures for every `momentsAtOnce` of second moments. Groups that no product reads are left out.
 * Throws `data.*`, `runtime.*` and Cancelled.
 */
export async function eliminationCurves(
  model: Model,
  coupling: Coupling,
  dependencies: CompensationDependencies,
): Promise<EliminationCurve[]> {
  const readers = readersOf(model.graph, coupling);
  const groups = coupling.groups.filter((group) => group.channels > 1 && readers.get(group)!.length > 0);
  const curves: EliminationCurve[] = [];
  for (const batch of batches(groups, readers)) {
    const seen = await look(model, new Set(batch.flatMap((group) => readers.get(group)!.map(({ reader }) => reader))), dependencies);
    for (const group of batch) {
      curves.push(await curveOf(group, readers.get(group)!, seen, dependencies));
      dependencies.context.progress.report({ phase: 'eliminate', done: curves.length, total: groups.length, unit: 'groups' });
    }
  }
  return curves;
}

function* batches(
  groups: readonly CouplingGroup[],
  readers: ReadonlyMap<CouplingGroup, readonly ReadBlocks[]>,
): Generator<CouplingGroup[]> {
  let batch: CouplingGroup[] = [];
  let held = new Set<Reader>();
  for (const group of groups) {
    const own = new Set([...held, ...readers.get(group)!.map(({ reader }) => reader)]);
    const bytes = [...own].reduce((sum, { product }) => sum + momentBytes(product), 0);
    if (batch.length > 0 && bytes > momentsAtOnce) {
      yield batch;
      batch = [];
      held = new Set();
    }
    batch.push(group);
    for (const { reader } of readers.get(group)!) held.add(reader);
  }
  if (batch.length > 0) yield batch;
}

async function look(model: Model, readers: ReadonlySet<Reader>, dependencies: CompensationDependencies): Promise<Map<Reader, Seen>> {
  const { dataset, runtime, context } = dependencies;
  const works = [...readers].map((reader) => ({
    reader,
    moments: new LayerMoments(reader.product, dependencies),
    variance: new ChannelVariance((rank) => (reader.product.node.op === 'Conv' ? 1 : rank - 1)),
  }));
  const wanted = works.flatMap(({ reader: { product, chain } }) => [product.node.inputs[0]!, product.node.outputs[0]!, chain.result]);
  const segment = new Segment(model, model.graph.requiredInputs.map(({ name }) => name), [...new Set(wanted)], runtime, context); // prettier-ignore
  const toFeeds = pictureFeeder(model);
  try {
    let done = 0;
    for await (const sample of dataset.stream({ signal: context.signal })) {
      throwIfCancelled(context.signal);
      const values = await segment.run(toFeeds(sample));
      for (const { reader, moments, variance } of works) {
        const [input, output] = [values[reader.product.node.inputs[0]!]!, values[reader.product.node.outputs[0]!]!];
        await moments.add({ input: asIs(input), target: [asIs(output)] }, sample.index);
        variance.add(values[reader.chain.result]!);
      }
      context.progress.report({ phase: 'moments', done: ++done, total: dataset.samples.length, unit: 'pictures' });
    }
    const seen = new Map<Reader, Seen>();
    for (const { reader, moments, variance } of works) seen.set(reader, { moment: await moments.finish(), variance: variance.total });
    return seen;
  } finally {
    await segment.dispose();
    for (const { moments } of works) await moments.dispose();
  }
}

async function curveOf(
  group: CouplingGroup,
  blocks: readonly ReadBlocks[],
  seen: ReadonlyMap<Reader, Seen>,
  { context }: CompensationDependencies,
): Promise<EliminationCurve> {
  const pause = pauses(context);
  const parts: BlockElimination[] = [];
  for (const { reader, rows } of blocks) {
    for (const problem of problemsOf(reader, rows, seen.get(reader)!)) parts.push(await BlockElimination.of(problem, pause));
  }
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
function problemsOf({ product, chain }: Reader, blocks: readonly Int32Array[], { moment, variance }: Seen): EliminationProblem[] {
  if (!moment || !(variance > 0)) return [];
  const { groups, depth, outputs } = product.shape;
  return Array.from({ length: groups }, (_, part): EliminationProblem | undefined => {
    const moments = centre(moment.group(part), outputs, true);
    const scarcity = depth / Math.max(1, moment.positions);
    const added = (leastRidge + scarceRidge * scarcity) * meanVariance(moments);
    if (!(added > 0)) return undefined;
    for (let i = 0; i < depth; i++) moments.products[i * depth + i]! += added;
    const weights = new Float64Array(depth * outputs);
    for (let o = 0; o < outputs; o++) {
      const row = part * outputs + o;
      const factor = chain.follower?.factors[row] ?? 1;
      for (let i = 0; i < depth; i++) weights[i * outputs + o] = factor * product.weights[row * depth + i]!;
    }
    return { moments: moments.products, weights, depth, outputs, blocks, scale: variance };
  }).filter((problem) => problem !== undefined);
}
