import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { plainContext } from '../../../src/engine/base/context.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { quantizeStep, type QuantizeSettings } from '../../../src/engine/quantize/step.ts';
import type { QuantizeDependencies, QuantizeRequest } from '../../../src/engine/quantize/types.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';

export const runtime = await createOrtRuntime();

/** Defaults of the step, with what a test wants different. */
export const settings = (different: Partial<Record<keyof QuantizeSettings, unknown>> = {}): QuantizeSettings =>
  Value.Default(quantizeStep.parameters, { ...different }) as QuantizeSettings;

export const request = (
  different: Partial<Record<keyof QuantizeSettings, unknown>> = {},
  layers: QuantizeRequest['layers'] = {},
  target = 'cpu',
): QuantizeRequest => ({ settings: settings(different), layers, target: findTarget(target)! });

/** Noise pictures of the given shape (without batch). */
export const dependencies = (dims: readonly number[], count = 8): QuantizeDependencies => ({
  runtime,
  context: plainContext(),
  dataset: noiseDataset(count, dims),
});

/** Normal weights, the same for equal names. */
export function weights(name: string, dims: readonly number[], size = 0.3): Tensor {
  const random = seededRandom(11, name);
  return Tensor.float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() * size),
  );
}

export function noise(count: number, stream = 'input'): Float32Array {
  const random = seededRandom(5, stream);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** The first output for one input, computed as written or with the runtime's fused kernels. */
export async function run(bytes: Uint8Array, dims: readonly number[], data: Float32Array, optimize: 'none' | 'all'): Promise<Float32Array> {
  const session = await runtime.load(bytes, { optimize, threads: 1 });
  try {
    const result = await session.run({ [session.inputs[0]!.name]: { type: DataType.float32, dims, data } });
    return result[session.outputs[0]!.name]!.data as Float32Array;
  } finally {
    await session.dispose();
  }
}

/** The graph that ONNX Runtime really runs, all its optimizations done. */
export async function optimizedModel(model: Model): Promise<Model> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-quantize-'));
  try {
    const file = path.join(folder, 'optimized.onnx');
    const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: 1, optimizedModelPath: file });
    await session.dispose();
    return decodeModel(new Uint8Array(await readFile(file)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How often each operator occurs in what ONNX Runtime really runs. */
export async function optimizedOperators(model: Model): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { op } of (await optimizedModel(model)).graph.nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/** Signal to noise in dB of `values` against `reference`. */
export function sqnr(reference: ArrayLike<number>, values: ArrayLike<number>): number {
  let signal = 0;
  let difference = 0;
  for (let i = 0; i < reference.length; i++) {
    signal += reference[i]! ** 2;
    difference += (reference[i]! - values[i]!) ** 2;
  }
  return 10 * Math.log10(signal / difference);
}
