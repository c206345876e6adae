import type { Random } from '../../base/random.ts';
import type { DataType } from '../../onnx/data-type.ts';
import type { NumericArray } from '../../onnx/tensor.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { Box } from '../types.ts';

/** A tensor of one sample that is written where it is needed. */
export interface Part {
  readonly type: DataType;
  /** Without the batch dimension. */
  readonly dims: readonly number[];
  write(out: NumericArray, at: number): void | Promise<void>;
}

/** A sample as it is seen once. */
export interface Look {
  readonly input: Part;
  readonly target?: Part;
  /** The input before it was made worse. */
  readonly clean?: Part;
  /** In pixels of the input. */
  readonly boxes?: readonly Box[];
}

/** What is kept of a sample: all that is the same each time it is seen. */
export interface Sample {
  /** Memory it holds. */
  readonly bytes: number;
  /** What is random about a look comes from `random` alone. */
  look(random: Random): Look;
}

/** A sample that is fed as it is stored. */
export function fixedSample(input: RuntimeTensor, target?: RuntimeTensor): Sample {
  const look: Look = { input: partOf(input), ...(target ? { target: partOf(target) } : {}) };
  return { bytes: bytesOf(input) + (target ? bytesOf(target) : 0), look: () => look };
}

const bytesOf = ({ data }: RuntimeTensor): number => (data as NumericArray).byteLength;

const partOf = ({ type, dims, data }: RuntimeTensor): Part => ({
  type,
  dims,
  write: (out, at) => (out as Float32Array).set(data as Float32Array, at),
});
