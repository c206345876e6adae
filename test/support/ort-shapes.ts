import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { dataTypeName } from '../../src/engine/onnx/data-type.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';

/** What ONNX Runtime made of a value: its type by our name, its sizes, its elements. */
export interface Produced {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** A tensor of the runtime for a graph input. */
export type Feed = OrtTensor;

const arrays: Record<string, (size: number) => ArrayLike<unknown>> = {
  float32: (size) => new Float32Array(size),
  float64: (size) => new Float64Array(size),
  float16: (size) => new Uint16Array(size),
  uint8: (size) => new Uint8Array(size),
  int8: (size) => new Int8Array(size),
  uint16: (size) => new Uint16Array(size),
  int16: (size) => new Int16Array(size),
  int32: (size) => new Int32Array(size),
  uint32: (size) => new Uint32Array(size),
  int64: (size) => new BigInt64Array(size),
  uint64: (size) => new BigUint64Array(size),
  bool: (size) => new Uint8Array(size),
  string: (size) => Array<string>(size).fill(''),
};

/** Zeros of a shape; undefined for types that the Node binding cannot take. */
export function zeros(type: number, dims: readonly number[]): Feed | undefined {
  const name = dataTypeName(type);
  const make = arrays[name];
  return make && new OrtTensor(name as 'float32', make(dims.reduce((a, b) => a * b, 1)) as Float32Array, dims);
}

/** Runs a model with every optimization off and returns all its outputs. Throws what ONNX Runtime throws. */
export async function produce(model: Model, feeds: Record<string, Feed>): Promise<Map<string, Produced>> {
  const session = await InferenceSession.create(encodeModel(model), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run(feeds);
    return new Map(
      Object.entries(results).map(([name, value]) => [
        name,
        { type: value.type, dims: value.dims, data: value.data as ArrayLike<unknown> },
      ]),
    );
  } finally {
    await session.release();
  }
}
