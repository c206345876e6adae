import { cloneModel } from '../onnx/clone.ts';
import type { Node } from '../onnx/graph.ts';
import type { StaticPlan } from './plan.ts';

/** A plan over a copy of its model, which can be written while the first one stays, and the node of the copy that stands for one of the first. */
export interface PlanCopy {
  readonly plan: StaticPlan;
  readonly copyOf: (node: Node) => Node;
}

/** Copies the model and what speaks of its nodes; statistics, formats and schemes are shared. */
export function copyPlan(plan: StaticPlan): PlanCopy {
  const model = cloneModel(plan.model);
  const { nodes } = model.graph;
  const copies = new Map(plan.model.graph.nodes.map((node, i) => [node, nodes[i]!]));
  const copyOf = (node: Node): Node => copies.get(node)!;
  const placement = {
    ...plan.placement,
    integerNodes: plan.placement.integerNodes.map((integer) => ({ ...integer, node: copyOf(integer.node) })),
    weightsOnly: plan.placement.weightsOnly.map(({ node, compute }) => ({ node: copyOf(node), compute })),
  };
  const weightPositions = new Map([...plan.weightPositions].map(([node, positions]) => [copyOf(node), positions]));
  return { plan: { ...plan, model, placement, weightPositions }, copyOf };
}
