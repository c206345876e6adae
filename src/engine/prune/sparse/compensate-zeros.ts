import { pauses } from '../../layerwise/pause.ts';
import type { StageVisit } from '../../layerwise/twin-walk.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { sampleOf } from '../compensate/compensate.ts';
import type { KeptPlaces } from '../compensate/kept-places.ts';
import { fittedPart, heldOutPart, LayerMoments, partOf } from '../compensate/moments.ts';
import type { Product } from '../compensate/product.ts';
import { repairsBehind, type Repair } from '../compensate/repairs.ts';
import type { CompensatedLayer, CompensationDependencies } from '../compensate/types.ts';
import { walkRepairs } from '../compensate/walk-repairs.ts';
import { writeRepair } from '../compensate/write-repair.ts';
import { chooseZeros, type SparseLayer, type Zeros } from './choose-zeros.ts';
import type { SparsePlan } from './plan.ts';
import { setZeros } from './set-zeros.ts';
import { solveZeros } from './solve-zeros.ts';
import type { WeightSite } from './weight-sites.ts';

/**
 * Sets a sparse plan's zeros layer after layer, and gives what is left of each the weights that make up for them, by least squares on pictures: on what the pruned
 * model gives the layer to read, towards what the original makes there (as compensation of removed channels does). `free`: zeros may be others than those that the criterion names. Changes `pruned`, which is
 * the original's copy; returns the layers that were solved. No labels, no training. Throws `data.*`, `runtime.*` and Cancelled.
 */
export async function compensateZeros(
  pruned: Model,
  original: Model,
  plan: SparsePlan,
  free: boolean,
  dependencies: CompensationDependencies,
): Promise<CompensatedLayer[]> {
  const named = chooseZeros(plan);
  const layers = new Map(plan.layers.map((layer) => [layer.site.tensor, alone(layer, named)]));
  const cut = (...sites: readonly WeightSite[]): void => setZeros(pruned.graph, sites, named);
  const reads = (node: Node): boolean => node.inputs.some((input) => layers.has(input));
  const changed = new Set(pruned.graph.nodes.filter(reads).flatMap(({ outputs }) => outputs));
  const repairs = repairsBehind(pruned.graph, original.graph, changed).repairs.flatMap((repair): ZeroRepair[] => {
    const [layer, { solve }] = [layers.get(repair.node.inputs[1]!), repair];
    return layer && !('reason' in solve) ? [{ ...repair, layer, product: solve }] : [];
  });
  const solved = new Set(repairs.map(({ layer }) => layer.site));
  cut(...plan.layers.map(({ site }) => site).filter((site) => !solved.has(site)));
  const done: CompensatedLayer[] = [];
  const finish = async (repair: ZeroRepair, work: LayerMoments): Promise<void> => {
    const { layer, product, chain } = repair;
    const fitted = await work.finish(fittedPart);
    if (!fitted) return cut(layer.site);
    const problem = { product, chain, layer, pattern: plan.pattern, score: plan.score, free, fitted, held: await work.finish(heldOutPart) };
    const solution = await solveZeros(problem, pauses(dependencies.context));
    writeRepair(pruned.graph, product, chain, solution);
    const tensor = product.node.inputs[1]!;
    setZeros(pruned.graph, [{ ...layer.site, tensor }], new Map([[tensor, solution.zeros]]));
    done.push({ layer: layer.site.layer, before: solution.before, after: solution.after });
  };
  await walkRepairs(pruned, original, repairs, dependencies, (stops) => visit(stops, finish, dependencies));
  return done;
}

interface ZeroRepair extends Repair {
  readonly layer: SparseLayer;
  readonly product: Product;
}

/** The layer with the part of its weights that the criterion took of it among all: it is solved by itself. */
function alone(layer: SparseLayer, named: Zeros): SparseLayer {
  const zeros = named.get(layer.site.tensor)!;
  if (!layer.pooled) return layer;
  return { ...layer, pooled: false, share: zeros.reduce((sum, one) => sum + one, 0) / zeros.length };
}

function visit(
  repairs: readonly ZeroRepair[],
  solve: (repair: ZeroRepair, work: LayerMoments) => Promise<void>,
  dependencies: CompensationDependencies,
): StageVisit<ZeroRepair> {
  const works = new Map(repairs.map((repair) => [repair, new LayerMoments(repair.product, dependencies)]));
  return {
    add: (repair, student, teacher, index) => {
      return works.get(repair)!.add(sampleOf(repair, student, teacher, asTheyAre).sample, index, partOf(index));
    },
    finish: async () => {
      for (const [repair, work] of works) await solve(repair, work);
    },
    dispose: async () => {
      for (const work of works.values()) await work.dispose();
    },
  };
}

/** No channel is gone. */
const asTheyAre: Pick<KeptPlaces, 'take'> = { take: (_value, tensor) => tensor };
