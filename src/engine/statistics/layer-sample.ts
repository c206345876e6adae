import { DataType } from '../onnx/data-type.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';

/** Numbers scale * (element - zeroPoint): a float tensor with 1 and 0, or codes that need not be dequantized as a whole. */
export interface Term {
  readonly tensor: RuntimeTensor;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What a layer reads in one picture, and what it should give: a sum of terms of one shape. */
export interface LayerSample {
  readonly input: Term;
  readonly target: readonly Term[];
}

export const asIs = (tensor: RuntimeTensor, scale = 1): Term => ({ tensor, scale, zeroPoint: 0 });

/** The sum of the terms. */
export function sumOf(terms: readonly Term[]): RuntimeTensor {
  const [first] = terms;
  const asStored = first!.tensor.type === DataType.float32 && first!.scale === 1 && first!.zeroPoint === 0;
  if (terms.length === 1 && asStored) return first!.tensor;
  const { dims } = first!.tensor;
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
  for (const { tensor, scale, zeroPoint } of terms) {
    const values = tensor.data as Float32Array;
    for (let i = 0; i < data.length; i++) data[i]! += (values[i]! - zeroPoint) * scale;
  }
  return { type: DataType.float32, dims, data };
}
