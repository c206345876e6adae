import type { DataType } from '../onnx/data-type.ts';
import type { NumericArray } from '../onnx/tensor.ts';

/** A tensor at run time. float16 and bfloat16 are Uint16Array, bool is Uint8Array, 4-bit types are packed Uint8Array. */
export interface RuntimeTensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data: NumericArray | readonly string[];
}

export interface SessionValue {
  readonly name: string;
  readonly type: DataType;
  /** A name for a free dimension. */
  readonly shape: readonly (number | string)[];
}

/** A loaded model. `run` computes only what `fetches` names (all outputs by default). */
export interface Session {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  /** Throws LatheError `runtime.run` with ONNX Runtime's reason and, where it names one, the node. */
  run(feeds: Readonly<Record<string, RuntimeTensor>>, fetches?: readonly string[]): Promise<Record<string, RuntimeTensor>>;
  /** Frees the model's memory and, with `profilePrefix`, finishes the profile. Further calls do nothing. */
  dispose(): Promise<void>;
}

export interface SessionOptions {
  /** `none` computes Q and DQ as written, in float ("as written"); `all` is what a user's program gets ("fused"). */
  readonly optimize: 'none' | 'basic' | 'extended' | 'all';
  readonly threads: number;
  /** QuantizeLinear and DequantizeLinear are computed as written, whatever else is optimized. */
  readonly keepQdq?: boolean;
  /** Where ONNX Runtime should write its optimized model or its profile; for tests and latency by node. */
  readonly optimizedModelPath?: string;
  readonly profilePrefix?: string;
  /** Memory is taken and given back operator by operator instead of being planned as a whole: a third less at the peak of a training step, as fast. */
  readonly unplannedMemory?: boolean;
  /** Idle threads spin between operators, as in a user's program: only for measuring latency, since it costs a core each. */
  readonly spinning?: boolean;
}

/** The engine's only way to run a model. Implemented on onnxruntime-node in this folder; nothing else imports that package. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** From bytes, or from a file (needed for external data). Throws LatheError `runtime.load` with ONNX Runtime's reason. */
  load(model: Uint8Array | { readonly path: string }, options: SessionOptions): Promise<Session>;
}
