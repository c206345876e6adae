import { DataType, dataTypeName } from '../onnx/data-type.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { TargetLimits } from './limits.ts';
import { positionOf } from './zcu104/fixes.ts';

/** One number format in a quantized model that its target does not compute with. */
export interface FormatFinding {
  readonly node: string;
  readonly constraint: 'type' | 'zero-point' | 'scale' | 'granularity' | 'bias';
  /** One sentence: what is wrong and by how much. */
  readonly message: string;
}

/**
 * Holds QuantizeLinear and DequantizeLinear of a model against what a target's limits say of types, zero points, scales and granularity.
 * Weights are not read. Empty: the target computes with the formats as they are, or the model is not quantized.
 */
export function checkFormat({ graph }: Model, limits: TargetLimits): FormatFinding[] {
  const findings: FormatFinding[] = [];
  for (const node of graph.nodes) {
    if (node.op !== 'QuantizeLinear' && node.op !== 'DequantizeLinear') continue;
    const found = problem(graph, node, limits);
    if (found) findings.push({ node: node.label, ...found });
  }
  return findings;
}

/** The only value of a setting of `quantize` that a target allows. */
const only = ({ settings }: TargetLimits, key: string): unknown => {
  const allowed = settings['quantize']?.[key]?.allowed;
  return allowed?.length === 1 ? allowed[0] : undefined;
};

function problem(graph: Graph, node: Node, limits: TargetLimits): Omit<FormatFinding, 'node'> | undefined {
  const stored = graph.constant(node.inputs[0] ?? '');
  const scale = graph.constant(node.inputs[1] ?? '');
  const zero = graph.constant(node.inputs[2] ?? '');
  const type = stored?.type ?? zero?.type ?? DataType.uint8;
  const name = dataTypeName(type);
  if (!scale) return { constraint: 'scale', message: 'its scale is computed at run time' };
  if (stored && type === DataType.int32) return bias(limits, scale);
  const types = stored ? limits.weightTypes : limits.activationTypes;
  // Narrower codes are stored in the type that holds them; packed ones are unpacked.
  const fits = types.some((one) => one === name) || (stored !== undefined && (name === 'int4' || name === 'uint4'));
  if (!fits && !isConstantOperand(stored, limits, name))
    return {
      constraint: 'type',
      message: `it is ${name}; ${limits.name} takes ${types.join(' or ')} for ${stored ? 'weights' : 'activations'}`,
    };
  const symmetric = stored ? only(limits, 'symmetric-weights') : only(limits, 'symmetric');
  const offset = zero?.toFloat64().find((value) => value !== 0);
  if (symmetric === true && offset !== undefined)
    return { constraint: 'zero-point', message: `its zero point is ${offset}; ${limits.name} takes 0` };
  if (only(limits, 'granularity') === 'tensor' && scale.size !== 1)
    return { constraint: 'granularity', message: `it has ${scale.size} scales; ${limits.name} takes one for the tensor` };
  return powerOfTwo(limits, scale);
}

/** Constants of sums and products are activations to a target. */
const isConstantOperand = (stored: Tensor | undefined, { activationTypes }: TargetLimits, name: string): boolean =>
  stored !== undefined && activationTypes.some((one) => one === name);

function bias(limits: TargetLimits, scale: Tensor): Omit<FormatFinding, 'node'> | undefined {
  if (limits.biasType === 'int32') return powerOfTwo(limits, scale);
  return { constraint: 'bias', message: `it is a bias of int32; ${limits.name} takes ${limits.biasType}` };
}

function powerOfTwo(limits: TargetLimits, scale: Tensor): Omit<FormatFinding, 'node'> | undefined {
  if (only(limits, 'scales') !== 'power-of-two') return undefined;
  const odd = scale.toFloat64().find((value) => positionOf(value) === undefined);
  return odd === undefined ? undefined : { constraint: 'scale', message: `its scale ${odd} is no power of two` };
}
