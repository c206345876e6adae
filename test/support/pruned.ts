import { seededRandom } from '../../src/engine/base/random.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { removeChannels } from '../../src/engine/prune/apply.ts';
import { type Coupling, couplingOf } from '../../src/engine/prune/groups/index.ts';
import { maskConsumers } from '../../src/engine/prune/mask.ts';
import type { Runtime, RuntimeTensor } from '../../src/engine/runtime/runtime.ts';
import type { Inputs } from './same-outputs.ts';

/** This part of every group's channels, at least one and never all, drawn by lot. */
export function randomRemoval(coupling: Coupling, ratio: number, seed: number): Map<string, number[]> {
  return new Map(
    coupling.groups.map(({ name, channels }) => {
      const random = seededRandom(seed, name);
      const order = Array.from({ length: channels }, (_, channel) => ({ channel, at: random.next() })).sort((a, b) => a.at - b.at);
      const count = Math.min(channels - 1, Math.max(1, Math.round(channels * ratio)));
      return [
        name,
        order
          .slice(0, count)
          .map(({ channel }) => channel)
          .sort((a, b) => a - b),
      ];
    }),
  );
}

/** What a model that lost channels computes, beside the original with its consumers' weights set to zero. */
export interface Comparison {
  readonly coupling: Coupling;
  readonly cut: Model;
  /** By output: the largest difference and the largest number of the masked original; infinite where shapes differ or one alone is no number. */
  readonly outputs: ReadonlyMap<string, { readonly difference: number; readonly largest: number }>;
  /** The largest difference relative to the largest number among all outputs. */
  readonly worst: number;
}

export async function compareCut(
  runtime: Runtime,
  model: Model,
  ratio: number,
  { seed = 1, integers = false, free }: { seed?: number; integers?: boolean; free?: (input: string, axis: number) => number } = {},
): Promise<Comparison> {
  const coupling = couplingOf(model);
  const removal = randomRemoval(coupling, ratio, seed);
  const cut = removeChannels(model, coupling, removal);
  const masked = encodeModel(maskConsumers(model, coupling, removal));
  const inputs = inputsOf(model, seed, integers, free);
  const [expected, found] = [await run(runtime, masked, inputs), await run(runtime, encodeModel(cut), inputs)];
  const outputs = new Map(Object.entries(expected).map(([name, tensor]) => [name, differenceOf(tensor, found[name]!)]));
  const all = [...outputs.values()];
  const largest = Math.max(0, ...all.map((output) => output.largest));
  const difference = Math.max(0, ...all.map((output) => output.difference));
  return { coupling, cut, outputs, worst: largest > 0 ? difference / largest : difference };
}

/** Normal or small whole numbers in the shapes that the model declares; free dimensions 1, or what `free` says. */
function inputsOf(
  model: Model,
  seed: number,
  integers: boolean,
  free = (_input: string, axis: number): number => (axis === 0 ? 1 : 3),
): Inputs {
  return Object.fromEntries(
    model.graph.requiredInputs.map(({ name, type }) => {
      if (type?.kind !== 'tensor') throw new Error(`the input ${name} is no tensor`);
      const dims = (type.shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : free(name, axis)));
      const random = seededRandom(seed, name);
      const numbers = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => (integers ? random.integer(9) - 4 : random.normal()));
      return [name, { type: type.elementType, dims, data: elementsOf(type.elementType, numbers) }];
    }),
  );
}

function elementsOf(type: DataType, numbers: readonly number[]): RuntimeTensor['data'] {
  if (type === DataType.float32) return Float32Array.from(numbers);
  // 1 to 2 in half precision, of either sign.
  if (type === DataType.float16) return Uint16Array.from(numbers, (x) => (x < 0 ? 0xbc00 : 0x3c00) | (Math.abs(x) * 64));
  if (type === DataType.uint8 || type === DataType.bool) return Uint8Array.from(numbers, (x) => Math.abs(x));
  if (type === DataType.int8) return Int8Array.from(numbers);
  if (type === DataType.int64) return BigInt64Array.from(numbers, (x) => BigInt(Math.abs(Math.round(x))));
  throw new Error(`no random inputs of type ${type}`);
}

async function run(runtime: Runtime, model: Uint8Array, inputs: Inputs): Promise<Record<string, RuntimeTensor>> {
  const session = await runtime.load(model, { optimize: 'none', threads: 1 });
  const outputs = await session.run(inputs);
  await session.dispose();
  return outputs;
}

function differenceOf(a: RuntimeTensor, b: RuntimeTensor): { difference: number; largest: number } {
  let [difference, largest] = [a.dims.join() === b.dims.join() ? 0 : Infinity, 0];
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    largest = Math.max(largest, Math.abs(x));
    if (x !== y && !(Number.isNaN(x) && Number.isNaN(y)))
      difference = Math.max(difference, Number.isNaN(x - y) ? Infinity : Math.abs(x - y));
  }
  return { difference, largest };
}
