import { DataType, dataTypeBits, isFloatType } from '../../onnx/data-type.ts';
import type { Node } from '../../onnx/graph.ts';
import { lookUp, type Scope } from '../infer.ts';
import { sizeOf } from '../shape/dims.ts';
import { quantizedForms } from './memory.ts';
import { carries, recordIn, weightsOf } from './weights.ts';

/** Bits of one element on either side of a layer; undefined where it has no such operand. */
export interface LayerBits {
  /** Of its largest weight, as it is before it is dequantized; what a packed one takes of its bytes. */
  readonly weights?: number;
  /** Of the widest activation it reads. */
  readonly activations?: number;
}

/**
 * Widths of a layer's operands by the types in the graph: behind DequantizeLinear (through Reshape, Transpose and other operators that only move
 * elements) those of the integers; what only goes into a QuantizeLinear counts as quantized. Integers of 32 bits and more are shapes and indices,
 * no activations. Nothing for Q and DQ themselves.
 */
export function layerBits(scope: Scope): LayerBits[] {
  const forms = quantizedForms(scope);
  return scope.nodes.map((node) => {
    if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear' || node.inputs.length === 0) return {};
    const weights = weightBits(scope, node);
    const activations = activationBits(scope, node, forms);
    return { ...(weights === undefined ? {} : { weights }), ...(activations === undefined ? {} : { activations }) };
  });
}

function weightBits(scope: Scope, node: Node): number | undefined {
  const record = recordIn(scope, node);
  if (record?.packedBits) return record.packedBits(node);
  if (weightsOf(scope, node).length === 0) return undefined;
  let widest: { size: number; bits: number } | undefined;
  for (const value of node.inputs) {
    if (value === '' || !isConstant(scope, value)) continue;
    const size = sizeOf(lookUp(scope, value)?.shape ?? scope.graph.constant(value)?.dims) ?? 0;
    const bits = bitsBehind(scope, value);
    if (bits !== undefined && (!widest || size > widest.size)) widest = { size, bits };
  }
  return widest?.bits;
}

function activationBits(scope: Scope, node: Node, forms: ReadonlyMap<string, string>): number | undefined {
  const record = recordIn(scope, node);
  let widest: number | undefined;
  for (const [index, value] of node.inputs.entries()) {
    if (value === '' || record?.settings?.includes(index) || isConstant(scope, value)) continue;
    if (!isActivationType(lookUp(scope, value)?.type ?? 0)) continue;
    const bits = bitsBehind(scope, forms.get(value) ?? value);
    if (bits !== undefined) widest = Math.max(widest ?? 0, bits);
  }
  return widest;
}

const isActivationType = (type: number): boolean => isFloatType(type) || (type !== DataType.bool && (dataTypeBits(type) ?? Infinity) <= 16);

/** Follows a value back to where it is an integer, or to where it is made. */
function bitsBehind(scope: Scope, value: string): number | undefined {
  let name = value;
  for (let producer = scope.graph.producer(name); producer?.outputs[0] === name; producer = scope.graph.producer(name)) {
    if (!carries(scope, producer) || producer.op === 'QuantizeLinear') break;
    name = producer.inputs[0] ?? '';
    if (producer.op === 'DequantizeLinear') break;
  }
  return dataTypeBits(lookUp(scope, name)?.type ?? scope.graph.constant(name)?.type ?? 0);
}

/** Follows from a stored tensor through operators that keep it the same weight. */
function isConstant(scope: Scope, value: string): boolean {
  let name = value;
  for (;;) {
    if (scope.graph.constant(name)) return true;
    const producer = scope.graph.producer(name);
    if (!producer || !carries(scope, producer) || producer.outputs[0] !== name) return false;
    name = producer.inputs[0] ?? '';
  }
}
