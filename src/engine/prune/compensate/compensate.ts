import type { Pause } from '../../layerwise/cholesky.ts';
import { pauses } from '../../layerwise/pause.ts';
import type { StageVisit } from '../../layerwise/twin-walk.ts';
import type { Tensors } from '../../layerwise/tensor-store.ts';
import type { Model } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { asIs, type LayerSample, type Term } from '../../statistics/layer-sample.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import { KeptPlaces } from './kept-places.ts';
import { fittedPart, heldOutPart, LayerMoments, partOf } from './moments.ts';
import { repairsOf, type Repair, type RepairReach } from './repairs.ts';
import type { Product } from './product.ts';
import { Rescaling } from './rescale.ts';
import { LayerResiduals } from './residuals.ts';
import { solveRepair } from './solve-repair.ts';
import type { CompensatedLayer, Compensation, CompensationDependencies, LeftAlone } from './types.ts';
import { walkRepairs } from './walk-repairs.ts';
import { writeRepair } from './write-repair.ts';

/** Samples of one layer that are kept in memory, in bytes; the rest waits in a temporary file. */
const residualBytes = 64 * 2 ** 20;

/**
 * Gives the layers of a pruned model weights that make up for the channels that are gone, by least squares on pictures: layer after layer, each on what the
 * pruned model gives it to read, towards what the original makes there, less what a shortcut still lacks (reconstruction of arXiv:1707.06168 and 1707.06342, with
 * biases and inputs as they are after pruning). No labels, no training. Changes `pruned` in place; `coupling` is the original's. Memory: the moments of
 * the layers that are solved at a time (64 MiB, or those of the largest), and the activations of some pictures. `reach`: by default all layers behind. Throws `data.*`, `runtime.*` and Cancelled.
 */
export async function compensate(
  pruned: Model,
  original: Model,
  coupling: Coupling,
  removal: Removal,
  dependencies: CompensationDependencies & { readonly reach?: RepairReach },
): Promise<Compensation> {
  const { repairs, left } = repairsOf(pruned.graph, original.graph, coupling, removal, dependencies.reach);
  const kept = new KeptPlaces(coupling, removal);
  const found: Found = { layers: [], left: [...left] };
  const workOf = (repair: Repair): LayerWork => {
    const { solve } = repair;
    if ('reason' in solve) return new RescalingWork(pruned, repair, solve.reason, kept);
    return new SolvingWork(pruned, repair, solve, kept, dependencies);
  };
  await walkRepairs(pruned, original, repairs, dependencies, (stops) => visit(stops, workOf, dependencies, found));
  return found;
}

interface Found {
  readonly layers: CompensatedLayer[];
  readonly left: LeftAlone[];
}

function visit(
  repairs: readonly Repair[],
  workOf: (repair: Repair) => LayerWork,
  { context }: CompensationDependencies,
  found: Found,
): StageVisit<Repair> {
  const works = new Map(repairs.map((repair) => [repair, workOf(repair)]));
  return {
    add: (repair, student, teacher, index) => works.get(repair)!.add(student, teacher, index),
    finish: async () => {
      for (const [{ node }, work] of works) {
        const layer = await work.finish(pauses(context));
        if (!layer) {
          found.left.push({ name: node.label, reason: 'the pictures gave it nothing to go by' });
          continue;
        }
        found.layers.push(layer);
        context.logger.debug(`compensated ${layer.layer}`, { before: layer.before, after: layer.after });
      }
    },
    dispose: async () => {
      for (const work of works.values()) await work.dispose();
    },
  };
}

/** Looks at one layer in all pictures, then gives it new weights. */
interface LayerWork {
  add(student: Tensors, teacher: Tensors, index: number): Promise<void>;
  /** undefined: there is nothing to go by. */
  finish(pause: Pause): Promise<CompensatedLayer | undefined>;
  dispose(): Promise<void>;
}

class RescalingWork implements LayerWork {
  readonly #rescaling: Rescaling;

  constructor(
    pruned: Model,
    repair: Repair,
    reason: string,
    readonly kept: KeptPlaces,
  ) {
    this.#rescaling = new Rescaling(pruned.graph, repair, reason);
  }

  add(student: Tensors, teacher: Tensors): Promise<void> {
    this.#rescaling.add(student, teacher, this.kept);
    return Promise.resolve();
  }

  finish(): Promise<CompensatedLayer | undefined> {
    return Promise.resolve(this.#rescaling.finish());
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

class SolvingWork implements LayerWork {
  readonly #moments: LayerMoments;
  /** undefined where what the activation function is given is not known. */
  #residuals: LayerResiduals | undefined;

  constructor(
    readonly pruned: Model,
    readonly repair: Repair,
    readonly product: Product,
    readonly kept: KeptPlaces,
    dependencies: CompensationDependencies,
  ) {
    const { range, sum } = repair.chain;
    this.#moments = new LayerMoments(product, dependencies);
    if (range && (!sum || repair.skip !== undefined))
      this.#residuals = new LayerResiduals(product, range, dependencies, { left: residualBytes });
  }

  async add(student: Tensors, teacher: Tensors, index: number): Promise<void> {
    const { sample, skip } = sampleOf(this.repair, student, teacher, this.kept);
    await this.#moments.add(sample, index, partOf(index));
    if (skip || this.repair.skip === undefined) await this.#residuals?.add(sample, skip, index);
    else await this.#forgetResiduals();
  }

  async finish(pause: Pause): Promise<CompensatedLayer | undefined> {
    const fitted = await this.#moments.finish(fittedPart);
    const held = await this.#moments.finish(heldOutPart);
    if (!fitted) return undefined;
    const { chain, node } = this.repair;
    const solution = await solveRepair(this.product, chain, { fitted, held, residuals: this.#residuals }, pause);
    writeRepair(this.pruned.graph, this.product, chain, solution);
    return { layer: node.label, before: solution.before, after: solution.after };
  }

  async dispose(): Promise<void> {
    await this.#moments.dispose();
    await this.#forgetResiduals();
  }

  async #forgetResiduals(): Promise<void> {
    await this.#residuals?.dispose();
    this.#residuals = undefined;
  }
}

interface RepairSample {
  readonly sample: LayerSample;
  /** What the pruned model's shortcut adds behind the layer, where the target lacks it. */
  readonly skip: Term | undefined;
}

/** What the layer reads, and what it and its follower should make: what the original makes, and what the shortcut beside it lacks. */
export function sampleOf({ node, chain, skip }: Repair, student: Tensors, teacher: Tensors, kept: Pick<KeptPlaces, 'take'>): RepairSample {
  const input = asIs(student[node.inputs[0]!]!);
  const wanted = kept.take(chain.end, teacher[chain.end]!);
  const alone = { sample: { input, target: [asIs(wanted)] }, skip: undefined };
  if (skip === undefined) return alone;
  const [ours, theirs] = [student[skip]!, kept.take(skip, teacher[skip]!)];
  // An Add that broadcasts: its operand is not of the layer's own shape.
  if (!sameDims(ours, wanted) || !sameDims(theirs, wanted)) return alone;
  return { sample: { input, target: [asIs(wanted), asIs(theirs), asIs(ours, -1)] }, skip: asIs(ours) };
}

const sameDims = (a: RuntimeTensor, b: RuntimeTensor): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);
