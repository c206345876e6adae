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
  const origins = new Origins(scope);
  return scope.nodes.map((node) => {
    if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear' || node.inputs.length === 0) return {};
    const weights = weightBits(scope, node, origins);
    const activations = activationBits(scope, node, forms, origins);
    return { ...(weights === undefined ? {} : { weights }), ...(activations === undefined ? {} : { activations }) };
  });
}

function weightBits(scope: Scope, node: Node, origins: Origins): number | undefined {
  const record = recordIn(scope, node);
  if (record?.packedBits) return record.packedBits(node);
  if (weightsOf(scope, node).length === 0) return undefined;
  let widest: { size: number; bits: number } | undefined;
  for (const value of node.inputs) {
    const { constant, bits } = origins.of(value);
    if (value === '' || !constant || bits === undefined) continue;
    const size = sizeOf(lookUp(scope, value)?.shape ?? scope.graph.constant(value)?.dims) ?? 0;
    if (!widest || size > widest.size) widest = { size, bits };
  }
  return widest?.bits;
}

function activationBits(scope: Scope, node: Node, forms: ReadonlyMap<string, string>, origins: Origins): number | undefined {
  const record = recordIn(scope, node);
  let widest: number | undefined;
  for (const [index, value] of node.inputs.entries()) {
    if (value === '' || record?.settings?.includes(index) || origins.of(value).constant) continue;
    if (!isActivationType(lookUp(scope, value)?.type ?? 0)) continue;
    const { bits } = origins.of(forms.get(value) ?? value);
    if (bits !== undefined) widest = Math.max(widest ?? 0, bits);
  }
  return widest;
}

const isActivationType = (type: number): boolean => isFloatType(type) || (type !== DataType.bool && (dataTypeBits(type) ?? Infinity) <= 16);

interface Origin {
  /** It follows from a stored tensor through operators that keep it the same weight. */
  readonly constant: boolean;
  /** Where it is an integer first, or else where it is made. */
  readonly bits: number | undefined;
}

/** Values followed back through operators that only carry them, each chain once. */
class Origins {
  readonly #known = new Map<string, Origin>();

  constructor(private readonly scope: Scope) {}

  of(value: string): Origin {
    const chain: { name: string; dequantizes: boolean; input: string }[] = [];
    let name = value;
    let found = this.#known.get(name);
    while (!found) {
      const producer = this.scope.graph.constant(name) ? undefined : this.scope.graph.producer(name);
      if (!producer || producer.outputs[0] !== name || !carries(this.scope, producer) || producer.op === 'QuantizeLinear') {
        found = { constant: this.#isStored(name), bits: this.#bitsOf(name) };
        this.#known.set(name, found);
        break;
      }
      const [input = ''] = producer.inputs;
      chain.push({ name, dequantizes: producer.op === 'DequantizeLinear', input });
      name = input;
      found = this.#known.get(name);
    }
    for (const { name: carried, dequantizes, input } of chain.reverse()) {
      found = { constant: found.constant, bits: dequantizes ? this.#bitsOf(input) : found.bits };
      this.#known.set(carried, found);
    }
    return found;
  }

  /** Stored, or the stored tensor's quantized form made on the way. */
  #isStored(name: string): boolean {
    const { graph } = this.scope;
    const producer = graph.constant(name) ? undefined : graph.producer(name);
    return producer?.op === 'QuantizeLinear' ? graph.constant(producer.inputs[0] ?? '') !== undefined : graph.constant(name) !== undefined;
  }

  #bitsOf(name: string): number | undefined {
    return dataTypeBits(lookUp(this.scope, name)?.type ?? this.scope.graph.constant(name)?.type ?? 0);
  }
}
