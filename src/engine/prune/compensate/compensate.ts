import type { Pause } from '../../layerwise/cholesky.ts';
import { pauses } from '../../layerwise/pause.ts';
import { walkTwins, type StageVisit } from '../../layerwise/twin-walk.ts';
import type { Tensors } from '../../layerwise/tensor-store.ts';
import type { Model } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { asIs, type LayerSample, type Term } from '../../statistics/layer-sample.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import { KeptPlaces } from './kept-places.ts';
import { LayerMoments } from './moments.ts';
import { repairsOf, type Repair } from './repairs.ts';
import { LayerResiduals } from './residuals.ts';
import { solveRepair, type Solution } from './solve-repair.ts';
import type { CompensatedLayer, CompensationDependencies } from './types.ts';
import { writeRepair } from './write-repair.ts';

/** One picture of so many is held out, to choose how far each layer may move. */
const heldOutEvery = 5;

/** Samples of one layer that are kept in memory, in bytes; the rest waits in a temporary file. */
const residualBytes = 64 * 2 ** 20;
const [fittedPart, heldOutPart] = [0, 1];

/**
 * Gives the layers of a pruned model weights that make up for the channels that are gone, by least squares on pictures: layer after layer, each on what the
 * pruned model gives it to read, towards what the original makes there, less what a shortcut still lacks (reconstruction of arXiv:1707.06168 and 1707.06342, with
 * biases and inputs as they are after pruning). No labels, no training. Changes `pruned` in place; `coupling` is the original's. Memory: the moments of
 * the layers that are solved at a time, and the activations of some pictures. Throws `data.*`, `runtime.*` and Cancelled.
 */
export async function compensate(
  pruned: Model,
  original: Model,
  coupling: Coupling,
  removal: Removal,
  dependencies: CompensationDependencies,
): Promise<CompensatedLayer[]> {
  const repairs = repairsOf(pruned.graph, original.graph, coupling, removal);
  const stageOf = new Map(repairs.map(({ product, stage }) => [product.node.outputs[0]!, stage]));
  const kept = new KeptPlaces(coupling, removal);
  const done: CompensatedLayer[] = [];
  await walkTwins({
    student: { model: pruned, stageOf: (node, read) => (stageOf.has(node.outputs[0]!) ? read + 1 : read) },
    teacher: { model: original, stageOf: (node, read) => stageOf.get(node.outputs[0]!) ?? read },
    stops: repairs,
    ...dependencies,
    phase: 'compensate',
    visit: (stops) => visit(pruned, stops, kept, dependencies, done),
  });
  return done;
}

function visit(
  pruned: Model,
  repairs: readonly Repair[],
  kept: KeptPlaces,
  dependencies: CompensationDependencies,
  done: CompensatedLayer[],
): StageVisit<Repair> {
  const { context } = dependencies;
  const works = repairs.map((repair) => ({ repair, work: new RepairWork(repair, dependencies) }));
  const found = new Map(works.map(({ repair, work }) => [repair, work]));
  return {
    add: (repair, student, teacher, index) => found.get(repair)!.add(sampleOf(repair, student, teacher, kept), index),
    finish: async () => {
      for (const { repair, work } of works) {
        const solution = await work.solve(pauses(context));
        if (!solution) continue;
        writeRepair(pruned.graph, repair, solution);
        const layer = repair.product.node.label;
        done.push({ layer, before: solution.before, after: solution.after });
        context.logger.debug(`compensated ${layer}`, { before: solution.before, after: solution.after });
      }
    },
    dispose: async () => {
      for (const { work } of works) await work.dispose();
    },
  };
}

/** Looks at one layer in all pictures, then solves it. */
class RepairWork {
  readonly #moments: LayerMoments;
  readonly #residuals: LayerResiduals | undefined;

  constructor(
    readonly repair: Repair,
    dependencies: CompensationDependencies,
  ) {
    const { product, chain } = repair;
    this.#moments = new LayerMoments(product, dependencies);
    if (chain.range) this.#residuals = new LayerResiduals(product, chain.range, dependencies, { left: residualBytes });
  }

  async add({ sample, skip }: RepairSample, index: number): Promise<void> {
    await this.#moments.add(sample, index, index % heldOutEvery === heldOutEvery - 1 ? heldOutPart : fittedPart);
    await this.#residuals?.add(sample, skip, index);
  }

  /** undefined: there is nothing to solve it on. */
  async solve(pause: Pause): Promise<Solution | undefined> {
    const fitted = await this.#moments.finish(fittedPart);
    const held = await this.#moments.finish(heldOutPart);
    return fitted && solveRepair(this.repair, { fitted, held, residuals: this.#residuals }, pause);
  }

  async dispose(): Promise<void> {
    await this.#moments.dispose();
    await this.#residuals?.dispose();
  }
}

interface RepairSample {
  readonly sample: LayerSample;
  /** What the pruned model's shortcut adds behind the layer, where the target lacks it. */
  readonly skip: Term | undefined;
}

/** What the layer reads, and what it and its follower should make: what the original makes, and what the shortcut beside it lacks. */
function sampleOf({ product, chain, skip }: Repair, student: Tensors, teacher: Tensors, kept: KeptPlaces): RepairSample {
  const input = asIs(student[product.node.inputs[0]!]!);
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
