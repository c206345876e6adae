import type { Node } from '../../../onnx/graph.ts';
import type { StaticPlan } from '../../plan.ts';
import type { RoundedLayer } from '../rounding.ts';
import { Simulation } from '../simulation.ts';
import { outputErrors } from './output-errors.ts';
import { tuningObstacle } from './tuned-layer.ts';
import { BlockWalk, type Tried } from './walk.ts';

/** What is left to write after blocks were tuned. */
export interface Reconstructed {
  readonly plan: StaticPlan;
  readonly rounded: ReadonlyMap<Node, RoundedLayer>;
  readonly notes: readonly string[];
}

/**
 * Tunes the layers that ask for `round: block`: rounding, biases and (where scales are any float) the scales of activations of a whole block,
 * so that what the block makes of the quantized model's values is nearest to what the float model makes there (Li et al., BRECQ,
 * arXiv:2102.05426; Hubara et al., AdaQuant, arXiv:2006.10518). Begins with `rounded`, what rounding by layer gave; block after block, each kept only
 * where it helps on calibration pictures that were held out. The plan stays as it is. Throws Cancelled.
 */
export async function reconstructBlocks(plan: StaticPlan, rounded: ReadonlyMap<Node, RoundedLayer>): Promise<Reconstructed> {
  const asking = plan.placement.integerNodes.filter(({ compute }) => compute?.settings.round === 'block');
  const nodes = asking.filter((integer) => tuningObstacle(plan, integer, rounded.get(integer.node)) === undefined).map(({ node }) => node);
  if (nodes.length === 0) return { plan, rounded, notes: [] };
  const walk = new BlockWalk(plan, rounded, new Set(nodes));
  const { tried, layers, plan: tuned, judges } = await walk.run();
  const better = tried.filter(({ before, after }) => after < before).length;
  const notes = reasons(tried);
  if (better === 0) return { plan, rounded, notes: [...notes, 'No block could be tuned further than rounding by layer did.'] };
  // Blocks that are nearer to the float model each may still lead to outputs that are not.
  const models = [new Simulation(plan, rounded), new Simulation(tuned, layers)].map(({ model }) => model);
  const [before, after] = (await outputErrors(plan, models, judges)) as [number, number];
  const figures = `the error of the outputs on held-out calibration pictures ${percent(before)} of their power before, ${percent(after)} after`;
  plan.dependencies.context.logger.debug(`blocks: ${figures}`);
  if (!(after <= before))
    return { plan, rounded, notes: [...notes, `Tuning blocks did not help as a whole and was taken back: ${figures}.`] };
  return { plan: tuned, rounded: layers, notes: [...notes, `Tuned ${better} of ${tried.length} blocks: ${figures}.`] };
}

const percent = (share: number): string => `${(100 * share).toPrecision(3)} %`;

function reasons(tried: readonly Tried[]): string[] {
  const named = ({ block }: Tried): string => block.layers.map(({ label }) => label).join(', ');
  return tried.flatMap((one) =>
    one.reason === undefined ? [] : [`Rounded by layer, not by block, because ${one.reason}: ${named(one)}.`],
  );
}
