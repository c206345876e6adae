import type { Graph, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { scaleIndex } from '../../ops/measure/scale-index.ts';

/** What the numbers of a stored tensor mean. */
export interface StoredNumbers {
  /** As real numbers. */
  readonly values: Float32Array;
  /** The stored number that means zero, by element. */
  readonly zeroAt: (index: number) => number;
}

/** Of a float tensor, or of integers that `scaled` (DequantizeLinear-10 to -25, constant scale) turns into floats. Weights must be loaded. */
export function storedNumbers(graph: Graph, tensor: Tensor, scaled: Node | undefined): StoredNumbers {
  if (!scaled) return { values: tensor.toFloat32(), zeroAt: () => 0 };
  const scales = graph.constant(scaled.inputs[1] ?? '')?.toFloat64() ?? Float64Array.of(1);
  const zeroPoints = graph.constant(scaled.inputs[2] ?? '')?.toFloat64();
  const at = scaleIndex(tensor.dims, scales.length, scaled);
  const zeroAt = (index: number): number => zeroPoints?.[at(index)] ?? 0;
  const codes = tensor.toFloat64();
  return { values: Float32Array.from(codes, (code, i) => (code - zeroAt(i)) * scales[at(i)]!), zeroAt };
}

/** How many of them are zero. */
export const countZeros = ({ values }: Pick<StoredNumbers, 'values'>): number =>
  values.reduce((count, value) => count + Number(value === 0), 0);

/** Puts another tensor in the place of a constant, also of one that a Constant node makes. */
export function replaceConstant(graph: Graph, name: string, tensor: Tensor): void {
  const node = graph.producer(name);
  if (node) graph.remove(node);
  graph.initializers.set(name, tensor);
}

/** The tensor with some elements put to what means zero. */
export function withZeros(tensor: Tensor, zeros: Uint8Array, zeroAt: (index: number) => number): Tensor {
  const values = tensor.typed().slice();
  for (let i = 0; i < zeros.length; i++) if (zeros[i]) values[i] = zeroAt(i);
  return Tensor.of(tensor.type, tensor.dims, values);
}
