import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import type { Graph, Node } from '../../onnx/graph.ts';

/** A value as integers times 2^-position, as QuantizeLinear and DequantizeLinear write it. */
export interface Fix {
  readonly position: number;
  readonly type: DataType;
  /** Made from a constant of the model. */
  readonly constant: boolean;
}

/** log2 of the reciprocal of a power of two; undefined for any other number. Exact. */
export function positionOf(scale: number): number | undefined {
  const position = -Math.log2(scale);
  return Number.isInteger(position) && 2 ** -position === scale ? position : undefined;
}

/** What keeps a QuantizeLinear or DequantizeLinear from being a fix with one position; else the fix. */
export function readFix(graph: Graph, node: Node): Fix | { readonly problem: string } {
  const [value = '', scaleName = '', zeroName = ''] = node.inputs;
  const scale = graph.constant(scaleName);
  if (!scale) return { problem: 'its scale is computed at run time' };
  if (scale.size !== 1) return { problem: `it has ${scale.size} scales, not one for the tensor` };
  const position = positionOf(scale.toFloat64()[0]!);
  if (position === undefined) return { problem: `its scale ${scale.toFloat64()[0]!} is no power of two` };
  const zeroPoint = zeroName === '' ? undefined : graph.constant(zeroName);
  if (zeroName !== '' && !zeroPoint) return { problem: 'its zero point is computed at run time' };
  if (zeroPoint && zeroPoint.toFloat64().some((zero) => zero !== 0)) return { problem: 'its zero point is not 0' };
  const stored = graph.constant(value);
  const type = node.op === 'QuantizeLinear' ? (zeroPoint?.type ?? DataType.uint8) : (stored?.type ?? zeroPoint?.type ?? DataType.uint8);
  return { position, type, constant: stored !== undefined };
}

/** The fix that an operand comes from; undefined for a float operand or a scale that is none. */
export function operandFix(graph: Graph, value: string): Fix | undefined {
  const maker = graph.producer(value);
  if (maker?.op !== 'DequantizeLinear') return undefined;
  const fix = readFix(graph, maker);
  return 'problem' in fix ? undefined : fix;
}

const fused = new Set(['Relu', 'Clip', 'LeakyRelu', 'PRelu']);

/** What stands between a node and the QuantizeLinear that rounds its result once. */
export interface Result {
  /** Activations and constant factors, in order. */
  readonly between: readonly Node[];
  /** undefined: the result goes on in float. */
  readonly fix?: Fix;
}

/** Follows the only reader of a node's result through what the DPU computes in the same pass. */
export function resultOf(graph: Graph, node: Node): Result {
  const between: Node[] = [];
  for (let value = node.outputs[0]!; ;) {
    const uses = graph.users(value);
    const next = uses[0]?.node;
    if (graph.isOutput(value) || !next || uses.some((use) => use.node !== next)) return { between };
    if (next.op === 'QuantizeLinear') {
      const fix = readFix(graph, next);
      return 'problem' in fix ? { between } : { between, fix };
    }
    if (!fused.has(next.op) && !isFactor(graph, next)) return { between };
    between.push(next);
    value = next.outputs[0]!;
  }
}

/** A product with one constant number, which is not rounded: the factor of a mean or a hard sigmoid. */
export function isFactor(graph: Graph, node: Node): boolean {
  return node.op === 'Mul' && node.inputs.some((input) => graph.constant(input)?.size === 1);
}

export const typeText = ({ type }: Fix): string => dataTypeName(type);
