import type { Node } from '../../../onnx/graph.ts';
import { productShape } from '../../../statistics/moment-graph.ts';
import type { IntegerNode } from '../../placement.ts';
import type { StaticPlan } from '../../plan.ts';
import { LayerWork, type WalkLayer } from '../layer-work.ts';
import { roundNearest } from '../nearest.ts';
import { findPorts, sampleOf, type Ports } from '../ports.ts';
import type { RoundedLayer } from '../rounding.ts';
import type { Simulation } from '../simulation.ts';
import type { Tensors } from '../tensor-store.ts';

/** The layers of a block as rounding by layer meets them; those that it left to plain rounding are not among them. */
export function layerPorts(
  plan: StaticPlan,
  simulation: Simulation,
  integers: readonly IntegerNode[],
  rounded: ReadonlyMap<Node, RoundedLayer>,
): Ports[] {
  const layers = integers.flatMap((integer): WalkLayer[] => {
    const { node, compute } = integer;
    const { dims } = plan.model.graph.constant(node.inputs[compute!.role.weight]!)!;
    const [shape, nearest] = [productShape(node, dims), roundNearest(plan, integer)];
    return shape && nearest && rounded.get(node)?.loss ? [{ integer, dims, shape, nearest }] : [];
  });
  return findPorts(plan.model.graph, layers, simulation);
}

/** Values of the float model that `solveAgain` looks at. */
export const floatValues = (ports: readonly Ports[]): string[] =>
  ports.flatMap(({ target, skip }) => [target, ...(skip ? [skip.float] : [])]);

/**
 * Rounds a layer by itself once more: what it reads has changed since, because the blocks before it were tuned. `results` runs the quantized
 * model up to some values on all pictures; `theirs` are the float model's of a picture.
 */
export async function solveAgain(
  plan: StaticPlan,
  port: Ports,
  results: (wanted: readonly string[]) => AsyncIterable<{ readonly picture: number; readonly values: Tensors }>,
  theirs: (picture: number) => Promise<Tensors>,
): Promise<RoundedLayer> {
  const work = new LayerWork(plan, port.layer);
  try {
    const wanted = [port.input.name, ...(port.skip ? [port.skip.quantized.name] : [])];
    for await (const { picture, values } of results(wanted)) await work.add(sampleOf(port, values, await theirs(picture)), picture);
    return await work.finish();
  } finally {
    await work.dispose();
  }
}
