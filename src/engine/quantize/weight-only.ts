import type { Model, Node } from '../onnx/graph.ts';
import { findOperator } from '../ops/index.ts';
import { weightsProblem, type ComputeNode } from './classify.ts';
import { layerConstants, quantizeLayerWeights, type LayerWeights } from './layer-weights.ts';
import { nothingToQuantize } from './nothing.ts';
import { storedType } from './pack.ts';
import { prepareModel } from './prepare.ts';
import { QdqWriter } from './qdq.ts';
import { LayerRows } from './rows-of-layers.ts';
import type { NotQuantized, QuantizeDependencies, QuantizeRequest, QuantizeResult } from './types.ts';

/**
 * Stores weights as integers with a DequantizeLinear behind each: a smaller file, computed in float as before. Needs no pictures.
 * Changes the model in place. Throws `quantize.nothing` when no node has weights.
 */
export async function quantizeWeights(model: Model, request: QuantizeRequest, dependencies: QuantizeDependencies): Promise<QuantizeResult> {
  const { notes, forLayer } = await prepareModel(model, request, dependencies);
  const { graph } = model;
  const writer = new QdqWriter(graph);
  const rows = new LayerRows();
  const notQuantized: NotQuantized[] = [];
  for (const node of [...graph.nodes]) {
    const role = findOperator(node, model)?.quantize;
    if (role?.kind !== 'compute') continue;
    const wanted = forLayer(node);
    const reason = 'reason' in wanted ? wanted.reason : weightsProblem(node, role, graph);
    if ('reason' in wanted || reason !== undefined) {
      notQuantized.push({ name: node.label, op: node.qualifiedOp, reason: reason! });
      continue;
    }
    const compute: ComputeNode = { kind: 'compute', settings: wanted.settings, role };
    rows.add(node, wanted.settings.storage, writeStoredWeights(writer, node, compute, request), { input: null, output: null });
  }
  if (rows.rows.length === 0) throw nothingToQuantize(notQuantized, model.path);
  writer.finish();
  return { model, layers: rows.rows, notQuantized, notes };
}

/** Replaces a node's weights by integers and a DequantizeLinear; the node itself goes on in float. */
export function writeStoredWeights(writer: QdqWriter, node: Node, compute: ComputeNode, { target }: QuantizeRequest): LayerWeights {
  const constants = layerConstants(node, compute, writer.graph);
  const found = quantizeLayerWeights(node, compute, constants, target, { inputScale: undefined, kernel: false });
  writer.quantizeWeights(node, compute.role.weight, constants.dims, found.weights, storedType(found.weights, compute.settings.storage));
  // Gemm's factor is part of the weights now.
  node.attributes.delete('alpha');
  return found;
}
