import { DataType } from '../onnx/data-type.ts';
import { Node, type Model } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { activationFormats } from './activation-format.ts';
import { storedBias } from './bias.ts';
import type { ComputeNode } from './classify.ts';
import { layerConstants } from './layer-weights.ts';
import type { IntegerNode } from './placement.ts';
import type { StaticPlan } from './plan.ts';
import { onBoard } from './power-of-two/board-positions.ts';
import { QdqWriter } from './qdq.ts';
import { roundLayers } from './round/index.ts';
import type { RoundedLayer } from './round/rounding.ts';
import type { Scheme } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';
import { valueSchemes } from './value-schemes.ts';
import { dequantizedWeights } from './weights.ts';

/** Widths to try layers at; `float` leaves that side as it is. */
export type VariantWidths = Pick<QuantizeSettings, 'weights' | 'activations'>;

/** One layer as it would be at some width, ready to be written into any model that has the layer's node. */
export interface LayerVariant {
  /** First output of the layer's node: cuts and copies of a model keep it. */
  readonly output: string;
  readonly compute: ComputeNode;
  /** undefined: the weights stay float. */
  readonly rounded: RoundedLayer | undefined;
  /** Schemes of the activations that are quantized, by operand. */
  readonly inputs: ReadonlyMap<number, Scheme>;
  /** False where nothing is rounded at all: the weights lie on the grid, and the activations stay float. */
  readonly changes: boolean;
}

/** The plan with other widths for every layer, and schemes for them from the statistics that it has kept. */
export function planAt(plan: StaticPlan, { weights, activations }: VariantWidths): StaticPlan {
  const { model, request, statistics } = plan;
  // Weights alone are rounded as they would be beside the activations of the plan: its input scales bound the bias.
  const asked = activations === 'float' ? {} : { activations };
  const settings = { ...request.settings, ...asked, ...(weights === 'float' ? {} : { weights }) };
  const integerNodes = plan.placement.integerNodes.map((integer): IntegerNode =>
    integer.compute
      ? { ...integer, compute: { ...integer.compute, settings: { ...integer.compute.settings, ...asked, weights: settings.weights } } }
      : integer,
  );
  const placement = { ...plan.placement, integerNodes };
  const formats = activationFormats(model, placement, settings);
  const schemes = valueSchemes(model, placement, settings, formats, statistics);
  const at = { ...plan, request: { ...request, settings }, placement, formats, schemes };
  return onBoard(at);
}

/** Every layer of the plan (compute nodes that run on integers) at these widths, by node of the plan's model. */
export async function variantsAt(plan: StaticPlan, widths: VariantWidths): Promise<ReadonlyMap<Node, LayerVariant>> {
  const at = planAt(plan, widths);
  const rounded = widths.weights === 'float' ? new Map<Node, RoundedLayer>() : await roundLayers(at);
  const variants = new Map<Node, LayerVariant>();
  for (const { node, compute, inputs } of at.placement.integerNodes) {
    if (!compute) continue;
    const layer = rounded.get(node);
    const quantized = widths.activations === 'float' ? [] : inputs.filter((index) => at.schemes.has(node.inputs[index]!));
    variants.set(node, {
      output: node.outputs[0]!,
      compute,
      rounded: layer,
      inputs: new Map(quantized.map((index) => [index, at.schemes.get(node.inputs[index]!)!])),
      changes: quantized.length > 0 || (layer !== undefined && movesWeights(plan.model, node, compute, layer)),
    });
  }
  return variants;
}

function movesWeights({ graph }: Model, node: Node, compute: ComputeNode, { weights, bias }: RoundedLayer): boolean {
  const constants = layerConstants(node, compute, graph);
  const after = dequantizedWeights(weights, constants.dims);
  if (after.some((value, i) => Math.fround(value) !== Math.fround(constants.weights[i]!))) return true;
  if (!bias) return false;
  return storedBias(bias).some((value, i) => Math.fround(value) !== Math.fround(constants.bias?.[i] ?? 0));
}

/**
 * Writes layers at their widths into a model that has their nodes, in place: weights and biases as float constants that were rounded, Q
 * and DQ around what they read and around nothing else. What others read of the same values stays float.
 */
export function writeVariants(model: Model, variants: Iterable<LayerVariant>): void {
  const { graph } = model;
  const writer = new QdqWriter(graph);
  // Layers that read the same value on the same scheme share its Q and DQ.
  const shared = new Map<string, { value: string; scheme: Scheme; uses: { node: Node; index: number }[] }>();
  for (const { output, compute, rounded, inputs } of variants) {
    const node = graph.producer(output);
    if (!node) continue;
    if (rounded) writeRounded(writer, node, compute, rounded);
    for (const [index, scheme] of inputs) {
      const value = node.inputs[index]!;
      const key = JSON.stringify([value, scheme]);
      const { uses } = shared.get(key) ?? { uses: [] };
      shared.set(key, { value, scheme, uses: [...uses, { node, index }] });
    }
  }
  for (const { value, scheme, uses } of shared.values()) {
    if (scheme.type === DataType.uint8 || scheme.type === DataType.int8) writer.quantizeValue(value, scheme, uses);
    else roundInFloat(writer, value, scheme, uses);
  }
  writer.finish();
}

function writeRounded(writer: QdqWriter, node: Node, { role }: ComputeNode, { weights, bias }: RoundedLayer): void {
  const { graph } = writer;
  const name = node.inputs[role.weight]!;
  const { dims } = graph.constant(name)!;
  graph.setInput(node, role.weight, writer.store(`${name}_rounded`, Tensor.float32(dims, dequantizedWeights(weights, dims))));
  if (bias && role.bias !== undefined) {
    const values = storedBias(bias);
    graph.setInput(node, role.bias, writer.store(`${name}_bias_rounded`, Tensor.float32([values.length], values)));
  }
  // Gemm's factors are part of the constants now.
  node.attributes.delete('alpha');
  node.attributes.delete('beta');
}

/** What QuantizeLinear and DequantizeLinear do, for types that they take since opset 21 only: codes of 16 bits are exact in float32. */
function roundInFloat(writer: QdqWriter, value: string, scheme: Scheme, uses: readonly { node: Node; index: number }[]): void {
  const { graph, insertions } = writer;
  const { scale, zeroPoint, lowest, highest } = scheme;
  const number = (name: string, of: number): string => writer.store(`${value}_${name}`, Tensor.float32([], [of]));
  const [step, low, high] = [number('scale', scale), number('lowest', lowest - zeroPoint), number('highest', highest - zeroPoint)];
  const maker = graph.producer(value);
  let made = value;
  for (const [op, ...operands] of [['Div', step], ['Round'], ['Clip', low, high], ['Mul', step]] as const) {
    const output = insertions.uniqueName(`${value}_${op}`);
    insertions.after(maker, new Node(output, op, [made, ...operands], [output]));
    made = output;
  }
  for (const { node, index } of uses) graph.setInput(node, index, made);
}
