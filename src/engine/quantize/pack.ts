import { DataType } from '../onnx/data-type.ts';
import { Tensor } from '../onnx/tensor.ts';
import { codesOf, isUnsigned, type CodeType } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';
import { weightFormat, type WeightWidth } from './weight-format/index.ts';
import type { QuantizedWeights } from './weights.ts';

/** Element types of weights in the file. */
export type StoredType = CodeType | typeof DataType.int4 | typeof DataType.uint4;

/** The type that weights are written in: with `packed` the smallest of ONNX that ONNX Runtime knows, else one byte or two each. */
export function storedType({ type, bits }: Pick<QuantizedWeights, 'type' | 'bits'>, storage: QuantizeSettings['storage']): StoredType {
  if (!isPacked(bits, storage)) return type;
  return isUnsigned(type) ? DataType.uint4 : DataType.int4;
}

/** Whether codes of this width fit 4 bits, and are to be stored so. */
export const isPacked = (bits: WeightWidth, storage: QuantizeSettings['storage']): boolean =>
  storage === 'packed' && weightFormat(bits).gridBits <= 4;

/** Codes of the type they are kept in as a tensor of the type they are stored in; zero points go the same way. */
export function storedTensor(stored: StoredType, dims: readonly number[], codes: ArrayLike<number>, weights: QuantizedWeights): Tensor {
  if (stored !== DataType.int4 && stored !== DataType.uint4) return Tensor.of(stored, dims, codesOf(stored, codes));
  // Codes about 128 move to about 8.
  const shift = isUnsigned(weights.type) && weights.symmetric ? 120 : 0;
  const bytes = new Uint8Array(Math.ceil(codes.length / 2));
  // ONNX, "4-bit integer types": two elements a byte, the first in the low half.
  for (let i = 0; i < codes.length; i++) bytes[i >> 1]! |= ((codes[i]! - shift) & 15) << (4 * (i & 1));
  return Tensor.of(stored, dims, bytes);
}
