import { LatheError } from '../base/errors.ts';
import type { Node } from '../onnx/graph.ts';
import { layerCosts } from '../ops/cost.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { nearest } from '../recipe/nearest.ts';
import type { LayerInfo, Widths } from './types.ts';

/** A layer that can be tried by itself, with its node in the plan's model. */
export interface PlanLayer extends LayerInfo {
  readonly node: Node;
}

export interface Layers {
  readonly layers: readonly PlanLayer[];
  readonly notAnalyzed: readonly { readonly name: string; readonly op: string; readonly reason: string }[];
}

/**
 * The layers of a plan that have widths of their own, in the order of the graph, and nodes that quantization leaves in float or that have no
 * weights, with the reason. What melts into a layer (ReLU) and shape arithmetic are neither.
 * Throws `analyze.layer` for a name that is none of them.
 */
export function layersOf(plan: StaticPlan, widths: readonly Widths[], named: readonly string[] | undefined): Layers {
  const { placement, model, shapes } = plan;
  const costs = new Map(layerCosts(model, shapes).map((cost) => [cost.node, cost]));
  const notAnalyzed = placement.notQuantized.map(({ name, op, reason }) => ({ name, op, reason }));
  const layers: PlanLayer[] = [];
  for (const { node, compute } of placement.integerNodes) {
    const reason = compute
      ? weightlessReason(plan, node, compute.role.weight, widths)
      : 'has no weights: its width is that of what it reads';
    const cost = costs.get(node);
    if (reason !== undefined) notAnalyzed.push({ name: node.label, op: node.qualifiedOp, reason });
    else layers.push({ node, name: node.label, op: node.qualifiedOp, parameters: cost?.parameters ?? 0, macs: cost?.macs ?? null });
  }
  if (!named) return { layers, notAnalyzed };
  const known = new Map(layers.map((layer) => [layer.name, layer]));
  const wanted = new Set(named);
  for (const name of wanted) if (!known.has(name)) throw unknownLayer(name, plan, layers, notAnalyzed);
  return { layers: layers.filter(({ name }) => wanted.has(name)), notAnalyzed: [] };
}

function weightlessReason({ model }: StaticPlan, node: Node, weight: number, widths: readonly Widths[]): string | undefined {
  if (model.graph.constant(node.inputs[weight]!)) return undefined;
  return widths.every(({ activations }) => activations === 'float') ? 'has no constant weights, and only weights are tried' : undefined;
}

function unknownLayer(name: string, { model }: StaticPlan, layers: readonly PlanLayer[], others: Layers['notAnalyzed']): LatheError {
  const other = others.find((row) => row.name === name);
  const node = model.graph.nodeByLabel(name);
  const reason = other?.reason ?? (node && `${node.qualifiedOp} has no widths of its own`);
  if (reason !== undefined)
    return new LatheError('analyze.layer', `this layer can't be analyzed: ${reason}`, { file: model.path, node: name });
  const close = nearest(
    name,
    layers.map((layer) => layer.name),
  );
  const hint = close === undefined ? '`lathe inspect MODEL.onnx` lists the layers.' : `Did you mean ${JSON.stringify(close)}?`;
  return new LatheError('analyze.layer', `there is no layer ${JSON.stringify(name)}`, { file: model.path, hint });
}
