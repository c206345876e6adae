import { expect } from 'vitest';
import { seededRandom } from '../../src/engine/base/random.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import type { Runtime, RuntimeTensor } from '../../src/engine/runtime/runtime.ts';

export type Inputs = Record<string, RuntimeTensor>;

/** Inputs of the model's shapes and types, free dimensions 1 (or what `free` says); floats normal, or small integers with `integers`. */
export async function randomInputs(
  runtime: Runtime,
  model: Uint8Array | { path: string },
  seed: number,
  options: { integers?: boolean; free?: (input: string, axis: number) => number } = {},
): Promise<Inputs> {
  const session = await runtime.load(model, { optimize: 'none', threads: 1 });
  const inputs: Inputs = {};
  for (const { name, type, shape } of session.inputs) {
    const dims = shape.map((dim, axis) => (typeof dim === 'number' ? dim : (options.free?.(name, axis) ?? (axis === 0 ? 1 : 3))));
    const random = seededRandom(seed, name);
    const size = dims.reduce((a, b) => a * b, 1);
    const numbers = Array.from({ length: size }, () => (options.integers ? random.integer(9) - 4 : random.normal()));
    if (type === DataType.float32) inputs[name] = { type, dims, data: Float32Array.from(numbers) };
    else if (type === DataType.float16)
      inputs[name] = { type, dims, data: Uint16Array.from(numbers, (x) => (x < 0 ? 0xbc00 : 0x3c00) | (Math.abs(x) * 64)) };
    else if (type === DataType.uint8) inputs[name] = { type, dims, data: Uint8Array.from(numbers, (x) => Math.abs(x) * 40) };
    else if (type === DataType.int64)
      inputs[name] = { type, dims, data: BigInt64Array.from(numbers, (x) => BigInt(Math.abs(Math.round(x)))) };
    else if (type === DataType.bool) inputs[name] = { type, dims, data: Uint8Array.from(numbers, (x) => (x > 0 ? 1 : 0)) };
    else throw new Error(`no random inputs of type ${type}`);
  }
  await session.dispose();
  return inputs;
}

/**
 * Runs both models without ONNX Runtime's own optimizations and compares every output: same shape, and elements equal within `tolerance`
 * times the largest element (0: equal numbers; 0 equals -0, NaN equals NaN).
 */
export async function expectSameOutputs(
  runtime: Runtime,
  before: Uint8Array | { path: string },
  after: Uint8Array,
  inputs: Inputs,
  { tolerance }: { tolerance: number },
): Promise<void> {
  const run = async (model: Uint8Array | { path: string }): Promise<Record<string, RuntimeTensor>> => {
    const session = await runtime.load(model, { optimize: 'none', threads: 1 });
    const found = await session.run(inputs);
    await session.dispose();
    return found;
  };
  const [expected, found] = [await run(before), await run(after)];
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    expect(found[name]!.dims, name).toEqual(tensor.dims);
    if (tensor.type === DataType.string) expect(found[name]!.data, name).toEqual(tensor.data);
    else expect(worstDifference(tensor, found[name]!), name).toBeLessThanOrEqual(tolerance);
  }
}

/** Greatest difference of two elements, divided by the greatest element. */
function worstDifference(a: RuntimeTensor, b: RuntimeTensor): number {
  let worst = 0;
  let greatest = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    if (x === y || Object.is(x, y)) continue;
    worst = Math.max(worst, Number.isNaN(x - y) ? Infinity : Math.abs(x - y));
    greatest = Math.max(greatest, Math.abs(x));
  }
  return worst === 0 ? 0 : worst / greatest;
}
