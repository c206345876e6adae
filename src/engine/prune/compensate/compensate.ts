import { pauses } from '../../layerwise/pause.ts';
import { walkTwins, type StageVisit } from '../../layerwise/twin-walk.ts';
import type { Tensors } from '../../layerwise/tensor-store.ts';
import type { Model } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { asIs, type LayerSample } from '../../statistics/layer-sample.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import { KeptPlaces } from './kept-places.ts';
import { LayerMoments } from './moments.ts';
import { repairsOf, type Repair } from './repairs.ts';
import { solveRepair } from './solve-repair.ts';
import type { CompensatedLayer, CompensationDependencies } from './types.ts';
import { writeRepair } from './write-repair.ts';

/** One picture of so many is held out, to choose how far each layer may move. */
const heldOutEvery = 5;
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
  const works = new Map(repairs.map((repair) => [repair, new LayerMoments(repair.product, dependencies)]));
  return {
    add: (repair, student, teacher, index) => {
      const part = index % heldOutEvery === heldOutEvery - 1 ? heldOutPart : fittedPart;
      return works.get(repair)!.add(sampleOf(repair, student, teacher, kept), index, part);
    },
    finish: async () => {
      for (const [repair, work] of works) {
        const moments = await work.finish(fittedPart);
        if (!moments) continue;
        const solution = await solveRepair(repair, moments, await work.finish(heldOutPart), pauses(context));
        writeRepair(pruned.graph, repair, solution);
        const layer = repair.product.node.label;
        done.push({ layer, before: solution.before, after: solution.after });
        context.logger.debug(`compensated ${layer}`, { before: solution.before, after: solution.after });
      }
    },
    dispose: async () => {
      for (const work of works.values()) await work.dispose();
    },
  };
}

/** What the layer reads, and what it and its follower should make: what the original makes, and what the shortcut beside it lacks. */
function sampleOf({ product, chain, skip }: Repair, student: Tensors, teacher: Tensors, kept: KeptPlaces): LayerSample {
  const input = asIs(student[product.node.inputs[0]!]!);
  const wanted = kept.take(chain.end, teacher[chain.end]!);
  if (skip === undefined) return { input, target: [asIs(wanted)] };
  const [ours, theirs] = [student[skip]!, kept.take(skip, teacher[skip]!)];
  // An Add that broadcasts: its operand is not of the layer's own shape.
  if (!sameDims(ours, wanted) || !sameDims(theirs, wanted)) return { input, target: [asIs(wanted)] };
  return { input, target: [asIs(wanted), asIs(theirs), asIs(ours, -1)] };
}

const sameDims = (a: RuntimeTensor, b: RuntimeTensor): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);
