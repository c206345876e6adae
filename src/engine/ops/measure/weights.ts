import { dataTypeBits, isFloatType } from '../../onnx/data-type.ts';
import type { Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { findRecord, versionOf } from '../index.ts';
import { lookUp, type Scope } from '../infer.ts';
import type { OperatorRecord } from '../record.ts';
import { sizeOf } from '../shape/dims.ts';

/** One constant that counts as trained weights. */
export interface Weight {
  /** The stored tensor, or the node that makes it: equal for the same weight wherever it is used. */
  readonly identity: object;
  readonly parameters: number;
  /** As stored, packed; what the tensor would take where the file only says how to fill it. */
  readonly bytes: number;
  /** What turns its integers into real numbers. */
  readonly scaled?: { readonly node: Node; readonly zeroPoint?: Tensor };
}

interface Source {
  readonly identity: object;
  readonly elements: number;
  readonly bytes: number;
  /** Made by ConstantOfShape. */
  readonly filled: boolean;
  readonly scaled?: Weight['scaled'];
}

export const recordIn = (scope: Scope, node: Node): OperatorRecord | undefined =>
  findRecord(node.domain, node.op, versionOf(scope.opsets, node.domain));

/** Operators behind which a weight is still the same weight. */
const carriers = new Set(['DequantizeLinear', 'QuantizeLinear', 'Transpose', 'Cast', 'CastLike']);
export const carries = (scope: Scope, node: Node): boolean => carriers.has(node.op) || recordIn(scope, node)?.view === true;

/** The constant behind a value, through carriers, out of sub-graphs and function bodies; undefined for anything computed. */
function sourceOf(scope: Scope, value: string): Source | undefined {
  let at: Scope | undefined = scope;
  let name = value;
  let scaled: Source['scaled'];
  while (at) {
    const tensor = at.graph.constant(name);
    if (tensor) {
      return { identity: tensor, elements: tensor.size, bytes: tensor.byteLength, filled: false, ...(scaled ? { scaled } : {}) };
    }
    const producer = at.graph.producer(name);
    if (producer) {
      if (producer.op === 'ConstantOfShape') return filledBy(at, producer);
      if (!carries(at, producer) || producer.outputs[0] !== name) return undefined;
      if (producer.op === 'DequantizeLinear') {
        const zeroPoint = at.graph.constant(producer.inputs[2] ?? '');
        scaled = { node: producer, ...(zeroPoint ? { zeroPoint } : {}) };
      }
      name = producer.inputs[0] ?? '';
      continue;
    }
    const input = at.graph.inputs.findIndex((known) => known.name === name);
    if (input < 0) at = at.parent;
    else {
      name = at.caller?.node.inputs[input] ?? '';
      at = at.caller?.scope;
    }
  }
  return undefined;
}

function filledBy(scope: Scope, node: Node): Source | undefined {
  const made = lookUp(scope, node.outputs[0] ?? '');
  const elements = sizeOf(made?.shape);
  if (!made || elements === null) return undefined;
  return { identity: node, elements, bytes: Math.ceil((elements * (dataTypeBits(made.type) ?? 0)) / 8), filled: true };
}

/**
 * The weights that a node of `scope` reads. Floats count wherever they are read, except as settings (Clip bounds, scales) and as lone
 * numbers in a formula (x · 0.5); integers and filled tensors count at the places where the operator expects weights. Weights behind
 * DequantizeLinear, Reshape, Transpose or Cast count for the node that uses the result.
 */
export function weightsOf(scope: Scope, node: Node): Weight[] {
  if (carries(scope, node)) return [];
  const record = recordIn(scope, node);
  const found: Weight[] = [];
  for (const [index, value] of node.inputs.entries()) {
    if (value === '' || record?.settings?.includes(index)) continue;
    const source = sourceOf(scope, value);
    if (!source) continue;
    const expected = record?.weights?.includes(index) === true;
    const float = isFloatType(lookUp(scope, value)?.type ?? 0);
    if (!expected && (!float || source.filled || source.elements === 1)) continue;
    const packed = record?.packedBits && index === record.weights?.[0] ? 8 / record.packedBits(node) : 1;
    const { identity, bytes, scaled } = source;
    found.push({ identity, parameters: source.elements * packed, bytes, ...(scaled ? { scaled } : {}) });
  }
  return found;
}
