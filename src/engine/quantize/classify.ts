import { clampBounds } from '../ops/measure/clamp-bounds.ts';
import { allFinite } from '../base/numbers.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import type { Dim, Graph, Model, Node } from '../onnx/graph.ts';
import { findOperator } from '../ops/index.ts';
import type { Shapes } from '../ops/infer.ts';
import type { QuantizeRole } from '../ops/record.ts';
import type { ForLayer } from './layer-settings.ts';
import type { QuantizeSettings } from './step.ts';

export interface ComputeNode {
  readonly kind: 'compute';
  readonly settings: QuantizeSettings;
  readonly role: QuantizeRole & { kind: 'compute' };
}

/** What the quantizer may do with a node, before it knows what stands around it. */
export type NodeClass =
  | ComputeNode
  /** Has an integer kernel; `inputs` are the indices of its operands, `small` of those that are repeated along some axis. */
  | { readonly kind: 'integer'; readonly inputs: readonly number[]; readonly small: ReadonlySet<number> }
  | { readonly kind: 'same-scale'; readonly input: number }
  | { readonly kind: 'joined'; readonly inputs: readonly number[] }
  /** `low` and `high`: the bounds; -Infinity and Infinity where there is none. */
  | { readonly kind: 'clamp'; readonly input: number; readonly low: number; readonly high: number }
  | { readonly kind: 'float'; readonly reason: string }
  /** Shape arithmetic, constants and the like: nothing that could be quantized. */
  | { readonly kind: 'none' };

const quantizedAlready = new Set([
  'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'QLinearConv', 'QLinearMatMul', 'ConvInteger', 'MatMulInteger',
]); // prettier-ignore

export interface ClassifyContext {
  readonly model: Model;
  readonly graph: Graph;
  readonly shapes: Shapes;
  readonly forLayer: (node: Node) => ForLayer;
  /** Operators with integer kernels on the target. */
  readonly integerOperators: ReadonlySet<string>;
  /** Why the target does not run one node of such an operator on integers. */
  readonly refusal?: (node: Node) => string | undefined;
}

/** The node's role under the operator's record, the target, the request and what its operands are. */
export function classify(node: Node, context: ClassifyContext): NodeClass {
  const { graph, shapes } = context;
  const typeOf = (value: string): DataType | undefined => graph.constant(value)?.type ?? shapes.of(value, graph)?.type;
  if (quantizedAlready.has(node.op) || node.op.startsWith('QLinear')) return { kind: 'float', reason: 'is quantized already' };
  const role = roleOnTarget(node, context);
  const [output = ''] = node.outputs;
  const outputType = typeOf(output);
  if (node.op === 'Constant' || (outputType !== undefined && !isReal(outputType))) return { kind: 'none' };
  if (node.graphs().length) return { kind: 'float', reason: `${node.op}: only the main graph is quantized, not what runs inside of it` };
  if (context.model.functions.some(({ name, domain }) => name === node.op && domain === node.domain)) {
    return { kind: 'float', reason: 'is a function of the model, whose inside is not quantized; export the model with functions inlined' };
  }
  if (!role) return { kind: 'float', reason: `nothing is known of how ${node.qualifiedOp} behaves on integers` };
  if (role.kind === 'float') return { kind: 'float', reason: role.reason };
  const wanted = context.forLayer(node);
  if ('reason' in wanted) return { kind: 'float', reason: wanted.reason };
  if (outputType === undefined) return { kind: 'float', reason: `the type of its output ${JSON.stringify(output)} is not known` };
  if (outputType !== DataType.float32)
    return { kind: 'float', reason: `works on ${dataTypeName(outputType)}; only float32 is quantized: export the model in float32` };
  const moves = role.kind === 'same-scale' || role.kind === 'clamp';
  if (!moves && !context.integerOperators.has(node.qualifiedOp)) {
    return { kind: 'float', reason: `the target has no integer kernel for ${node.qualifiedOp}` };
  }
  const refused = context.refusal?.(node);
  return refused === undefined ? byRole(node, role, wanted.settings, context) : { kind: 'float', reason: refused };
}

/** The operator's role. Records say what ONNX Runtime has kernels for; a target may list more operators. */
function roleOnTarget(node: Node, { model, integerOperators }: ClassifyContext): QuantizeRole | undefined {
  const record = findOperator(node, model);
  if (!record?.quantize || !integerOperators.has(node.qualifiedOp)) return record?.quantize;
  if (record.quantize.kind === 'float' && record.activation) return { kind: 'integer', inputs: [0] };
  return record.quantize.kind === 'compute' ? { ...record.quantize, noIntegerKernel: undefined } : record.quantize;
}

const isReal = (type: DataType): boolean =>
  type === DataType.float32 || type === DataType.float16 || type === DataType.float64 || type === DataType.bfloat16;

function byRole(node: Node, role: QuantizeRole, settings: QuantizeSettings, { graph, shapes }: ClassifyContext): NodeClass {
  const present = node.inputs.map((_, i) => i).filter((i) => node.inputs[i] !== '');
  const comesQuantized = present.some((i) => graph.producer(node.inputs[i]!)?.op === 'DequantizeLinear');
  if (comesQuantized && (role.kind === 'compute' || role.kind === 'integer')) return { kind: 'float', reason: 'is quantized already' };
  switch (role.kind) {
    case 'compute':
      return computeClass(node, role, settings, graph);
    case 'integer':
    case 'joined': {
      const inputs = role.inputs === 'all' ? present : [...role.inputs];
      if (inputs.every((i) => graph.constant(node.inputs[i]!))) return { kind: 'float', reason: 'all of its operands are constants' };
      if (role.kind === 'joined') return { kind: 'joined', inputs };
      const output = shapes.of(node.outputs[0]!, graph)?.shape;
      const small = new Set(inputs.filter((i) => isRepeated(shapes.of(node.inputs[i]!, graph)?.shape, output)));
      return { kind: 'integer', inputs, small };
    }
    case 'same-scale':
      return sameScaleClass(node, role.input, graph);
    case 'clamp': {
      const bounds = clampBounds(node, graph);
      return bounds ? { kind: 'clamp', input: role.input, ...bounds } : { kind: 'float', reason: 'its bounds are computed at run time' };
    }
    case 'float':
      return { kind: 'float', reason: role.reason };
  }
}

/** True for an operand that is known to have fewer elements than the result: broadcast along an axis. */
function isRepeated(operand: readonly Dim[] | undefined, result: readonly Dim[] | undefined): boolean {
  if (!operand || !result) return false;
  return result.some((dim, axis) => (operand[axis - result.length + operand.length] ?? 1) === 1 && dim !== 1);
}

function computeClass(node: Node, role: QuantizeRole & { kind: 'compute' }, settings: QuantizeSettings, graph: Graph): NodeClass {
  const weight = graph.constant(node.inputs[role.weight] ?? '');
  const reason = weight || node.op !== 'MatMul' ? weightsProblem(node, role, graph) : undefined;
  if (reason !== undefined) return { kind: 'float', reason };
  if (graph.constant(node.inputs[role.activation]!)) return { kind: 'float', reason: 'its input is a constant' };
  return { kind: 'compute', settings, role };
}

/** Why the weights of a compute node can't be rounded; undefined: they can. */
export function weightsProblem(node: Node, role: QuantizeRole & { kind: 'compute' }, graph: Graph): string | undefined {
  const weight = graph.constant(node.inputs[role.weight] ?? '');
  if (!weight) {
    const maker = graph.producer(node.inputs[role.weight] ?? '');
    return maker?.op === 'DequantizeLinear' ? 'it is quantized already' : 'its weights are computed at run time';
  }
  if (weight.type !== DataType.float32) return `its weights are ${dataTypeName(weight.type)}; only float32 is quantized`;
  if (weight.size === 0) return 'its weights are empty';
  if (!allFinite(weight.toFloat32())) return 'its weights hold NaN or infinity';
  const name = role.bias === undefined ? '' : (node.inputs[role.bias] ?? '');
  if (name === '') return undefined;
  const bias = graph.constant(name);
  if (!bias) return 'its bias is computed at run time';
  if (!allFinite(bias.toFloat32())) return 'its bias holds NaN or infinity';
  const axis = role.channelAxis(node, weight.dims.length);
  const channels = axis === undefined ? 1 : weight.dims[axis]!;
  return bias.size === channels || bias.size === 1 ? undefined : `its bias has ${bias.size} elements for ${channels} output channels`;
}

function sameScaleClass(node: Node, input: number, graph: Graph): NodeClass {
  if (node.outputs.slice(1).some((output) => output !== '' && graph.users(output).length > 0) && node.op === 'MaxPool') {
    return { kind: 'float', reason: 'its second output, where the largest elements were, is read too' };
  }
  if (node.op === 'Resize' && node.string('mode', 'nearest') === 'cubic') {
    return { kind: 'float', reason: 'cubic interpolation reaches beyond its input’s range' };
  }
  if (node.op === 'Pad' && node.string('mode', 'constant') === 'constant') {
    const value = node.inputs[2] ? graph.constant(node.inputs[2])?.toFloat64()[0] : node.float('value', 0);
    if (value !== 0) return { kind: 'float', reason: 'pads with something else than zero' };
  }
  if (graph.constant(node.inputs[input]!)) return { kind: 'float', reason: 'its input is a constant' };
  return { kind: 'same-scale', input };
}
