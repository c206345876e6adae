import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DataType } from '../../onnx/data-type.ts';
import type { RuntimeTensor, Session } from '../../runtime/runtime.ts';

/** Shapes of what the script left beside its result: `input0.bin`, `output0.bin` …, float32, little endian. */
export interface ProofFiles {
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

export interface ImportProof {
  /** Largest difference of any output element. */
  readonly maxAbs: number;
  /** Largest element there is: what the difference is to be seen against. */
  readonly largest: number;
}

/** Runs the written model on the inputs that the other framework ran, and compares the outputs. Undefined: they are not as many or not as large. */
export async function compareWithOrigin(session: Session, folder: string, files: ProofFiles): Promise<ImportProof | undefined> {
  const inputs = await Promise.all(files.inputs.map((dims, at) => read(path.join(folder, `input${at}.bin`), dims)));
  const outputs = await Promise.all(files.outputs.map((dims, at) => read(path.join(folder, `output${at}.bin`), dims)));
  if (inputs.length !== session.inputs.length || outputs.length !== session.outputs.length) return undefined;
  if (session.inputs.some(({ shape }, at) => shape.length !== inputs[at]!.dims.length)) return undefined;
  const feeds = Object.fromEntries(session.inputs.map(({ name }, at) => [name, inputs[at]!]));
  const results = await session.run(feeds);
  let [maxAbs, largest] = [0, 0];
  for (const [at, { name }] of session.outputs.entries()) {
    const [ours, theirs] = [results[name]!.data as Float32Array, outputs[at]!.data as Float32Array];
    if (ours.length !== theirs.length) return undefined;
    for (let i = 0; i < theirs.length; i++) {
      maxAbs = Math.max(maxAbs, Math.abs(ours[i]! - theirs[i]!));
      largest = Math.max(largest, Math.abs(theirs[i]!));
    }
  }
  return { maxAbs, largest };
}

async function read(file: string, dims: readonly number[]): Promise<RuntimeTensor> {
  const bytes = await readFile(file);
  return {
    type: DataType.float32,
    dims,
    data: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
  };
}
