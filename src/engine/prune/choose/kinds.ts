import type { Model } from '../../onnx/graph.ts';
import type { Coupling, CouplingGroup } from '../groups/types.ts';

/**
 * Groups of one kind have the same operators with the same kernels in the same roles, whatever their widths: the isomorphic sub-structures of Fang et al. 2024, arXiv:2407.04616,
 * section 3.1. By place of the group.
 */
export const kindsOf = (model: Model, { groups }: Coupling): string[] => groups.map((group) => kindOf(model, group));

function kindOf({ graph }: Model, { slices }: CouplingGroup): string {
  const parts = slices.map(({ tensor, axis, role, node, input }) => {
    const dims = graph.constant(tensor)?.dims ?? [];
    const group = node.int('group', 1);
    const depthwise = group > 1 && dims.length > 2 && dims[1] === 1;
    return [role, node.op, input, axis, depthwise ? 'each' : group, ...dims.slice(2)].join(' ');
  });
  return [...new Set(parts)].sort().join('; ');
}
