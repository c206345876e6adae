import type { Graph } from '../../onnx/graph.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { CouplingGroup } from '../groups/types.ts';
import { eachElement } from '../importance/weights.ts';

/** By channel of the group: places in the flat vector of parameters of what makes it and goes along with it. What reads it is left free: it learns to do without. */
export function channelElements(graph: Graph, { slices, channels }: CouplingGroup, parameters: readonly Parameter[]): Int32Array[] {
  const offsets = new Map(parameters.map(({ name, offset }) => [name, offset]));
  const found = Array.from({ length: channels }, () => new Set<number>());
  for (const slice of slices) {
    const offset = offsets.get(slice.tensor);
    const dims = graph.constant(slice.tensor)?.dims;
    if (offset === undefined || !dims || slice.role === 'consumes') continue;
    const part = { slice, dims, values: new Float32Array() };
    found.forEach((places, channel) => eachElement(part, channel, (index) => places.add(offset + index)));
  }
  return found.map((places) => Int32Array.from(places));
}
