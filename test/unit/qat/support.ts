import { Value } from '@sinclair/typebox/value';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { gradientDomain } from '../../../src/engine/ops/gradient/rule.ts';
import { openQat, type OpenQat } from '../../../src/engine/qat/open.ts';
import { quantizeSettings } from '../../../src/engine/qat/settings.ts';
import { qatStep, type QatSettings } from '../../../src/engine/qat/step.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { lower } from '../../../src/engine/train/lower/lowering.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { rebatch } from '../../../src/engine/train/rebatch.ts';
import { dependencies, noise, runtime } from '../quantize/support.ts';

export const picture = [3, 16, 16];

export const qatSettings = (different: Record<string, unknown> = {}): QatSettings =>
  Value.Default(qatStep.parameters, { ...different }) as QatSettings;

/** A model planned, rounded and made ready to train, on noise pictures. */
export function open(model: Model, different: Record<string, unknown> = {}, target = 'cpu', dims = picture): Promise<OpenQat> {
  const [qat, limits] = [qatSettings(different), findTarget(target)!];
  const quantize = { settings: quantizeSettings(qat, undefined, limits), layers: {}, target: limits };
  return openQat(model, { quantize, qat }, dependencies(dims));
}

/** Convolutions as a written model has them: the faster forms of small ones sum in another order. */
const asWritten = new Map([...portable].filter(([op]) => op !== 'Conv'));

/** The training model's forward pass in standard operators. */
export function forward(model: Model, batch: number): Uint8Array {
  const copy = cloneModel(model);
  rebatch(copy, batch);
  lower(copy, asWritten);
  copy.opsets.delete(gradientDomain);
  return encodeModel(copy);
}

/** The first output for `batch` noise pictures, as written. */
export async function answers(bytes: Uint8Array, batch: number, dims = picture, stream = 'test'): Promise<Float32Array> {
  const session = await runtime.load(bytes, { optimize: 'none', threads: 1 });
  try {
    const data = noise(batch * dims.reduce((a, b) => a * b, 1), stream);
    const results = await session.run({ [session.inputs[0]!.name]: { type: DataType.float32, dims: [batch, ...dims], data } });
    return results[session.outputs[0]!.name]!.data as Float32Array;
  } finally {
    await session.dispose();
  }
}

/** Share of rows whose largest element is the same one. */
export function agreement(a: Float32Array, b: Float32Array, classes: number): number {
  const best = (values: Float32Array, row: number): number => {
    const part = values.subarray(row * classes, (row + 1) * classes);
    return part.indexOf(Math.max(...part));
  };
  const rows = a.length / classes;
  let same = 0;
  for (let row = 0; row < rows; row++) if (best(a, row) === best(b, row)) same++;
  return same / rows;
}

export const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
