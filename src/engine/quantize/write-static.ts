import type { Node } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { activationFormat } from './activation-format.ts';
import type { ComputeNode } from './classify.ts';
import { keepApart } from './keep-apart.ts';
import type { IntegerNode } from './placement.ts';
import type { StaticPlan } from './plan.ts';
import { QdqWriter } from './qdq.ts';
import type { RoundedLayer } from './round/rounding.ts';
import { LayerRows, schemeRow } from './rows-of-layers.ts';
import type { Scheme } from './scheme.ts';
import type { LayerRow } from './types.ts';
import { storedType } from './pack.ts';
import { schemeFor } from './value-schemes.ts';
import { writeStoredWeights } from './weight-only.ts';

/** Writes Q and DQ nodes and integer constants into the plan's model; the plan is used up. */
export function writeStatic(plan: StaticPlan, rounded: ReadonlyMap<Node, RoundedLayer>): LayerRow[] {
  const { model, placement, request, schemes, statistics } = plan;
  const before = new Set(model.graph.nodes);
  const writer = new QdqWriter(model.graph);
  const rows = new LayerRows();
  const schemeOf = (value: string) => {
    const scheme = schemes.get(value);
    return scheme ? schemeRow(scheme, statistics.get(value)) : null;
  };
  for (const integer of placement.integerNodes) {
    const [first = 0] = integer.inputs;
    const around = { input: schemeOf(integer.node.inputs[first]!), output: schemeOf(integer.output) };
    const layer = rounded.get(integer.node);
    if (layer) writeLayer(writer, integer, layer, request.target.biasType === 'float32');
    else
      for (const [index, { tensor, scheme }] of constantSchemes(plan, integer))
        writer.quantizeConstant(integer.node, index, tensor, scheme);
    rows.add(integer.node, integer.compute?.settings.storage, layer ?? null, around);
  }
  for (const { node, compute } of placement.weightsOnly) {
    if (!model.graph.constant(node.inputs[compute.role.weight]!)) continue;
    const found = rounded.get(node) ?? writeStoredWeights(writer, node, compute, request);
    if (rounded.has(node)) writeWeights(writer, node, compute, found);
    rows.add(node, compute.settings.storage, found, { input: null, output: null });
  }
  // Codes that are only moved stay within their grid.
  const moved = new Set(placement.integerNodes.flatMap(({ node, kind }) => (kind === 'same-scale' ? node.outputs : [])));
  for (const value of placement.values) {
    const uses = placement.made.has(value) ? 'all' : integerUses(plan, value);
    writer.quantizeValue(value, schemes.get(value)!, uses, moved.has(value));
  }
  keepApart(writer, model, new Set(placement.integerNodes.map(({ node }) => node)), before);
  writer.finish();
  return rows.rows;
}

const integerUses = ({ placement }: StaticPlan, value: string): { node: Node; index: number }[] =>
  placement.integerNodes.flatMap(({ node, inputs }) =>
    inputs.filter((index) => node.inputs[index] === value).map((index) => ({ node, index })),
  );

function writeLayer(writer: QdqWriter, { node, compute }: IntegerNode, { weights, bias }: RoundedLayer, floatBias: boolean): void {
  const { role } = compute!;
  const biasName = role.bias === undefined ? '' : node.inputs[role.bias] || `${node.inputs[role.weight]!}_bias`;
  writeWeights(writer, node, compute!, { weights });
  if (bias && floatBias) writer.storeBias(node, role.bias!, biasName, bias);
  else if (bias) writer.quantizeBias(node, role.bias!, biasName, bias);
  // Gemm's factors are part of the constants now.
  node.attributes.delete('beta');
}

function writeWeights(writer: QdqWriter, node: Node, { role, settings }: ComputeNode, { weights }: Pick<RoundedLayer, 'weights'>): void {
  const { dims } = writer.graph.constant(node.inputs[role.weight]!)!;
  writer.quantizeWeights(node, role.weight, dims, weights, storedType(weights, settings.storage));
  node.attributes.delete('alpha');
}

/** Schemes of constant operands of Add, Mul, Concat …, by input: on a range of their own, in the type of the result as integer kernels want it. */
export function constantSchemes(
  { model, request, formats }: StaticPlan,
  { node, inputs, output }: IntegerNode,
): Map<number, { tensor: Tensor; scheme: Scheme }> {
  const found = new Map<number, { tensor: Tensor; scheme: Scheme }>();
  const format = activationFormat(Math.max(8, formats.get(output)!.bits), request.settings);
  for (const index of inputs) {
    const tensor = model.graph.constant(node.inputs[index]!);
    if (!tensor) continue;
    const values = tensor.toFloat64();
    const low = values.reduce((a, b) => Math.min(a, b), 0);
    const high = values.reduce((a, b) => Math.max(a, b), 0);
    found.set(index, { tensor, scheme: schemeFor({ low, high }, format) });
  }
  return found;
}
