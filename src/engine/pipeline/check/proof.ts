import type { FixProof } from '../../../protocol/results/board.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import type { Context } from '../../base/context.ts';
import { seededRandom } from '../../base/random.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import type { Model, ValueInfo } from '../../onnx/graph.ts';
import type { NumericArray } from '../../onnx/tensor.ts';
import type { Shapes } from '../../ops/infer.ts';
import type { Runtime, RuntimeTensor } from '../../runtime/runtime.ts';

export type Inputs = Readonly<Record<string, RuntimeTensor>>;

/** Models one after the other: each may read what the ones before it made. */
export type Chain = readonly Model[];

/** Folded weights are rounded anew and sums are added in another order: float32 keeps some seven digits, deep networks lose two of them. */
const tolerance = 1e-4;
/** A tensor of one input is not larger than this: a model that asks for more is not proven. */
const mostElements = 2 ** 26;

/** Seeded random pictures for a model's inputs: numbers around 0, then numbers from 0 to 1. Throws `fit.shape` while sizes are free. */
export function randomPictures(model: Model, shapes: Shapes, seed: number): Inputs[] {
  return [0, 1].map((kind) =>
    Object.fromEntries(
      model.graph.requiredInputs.map((input) => {
        const random = seededRandom(seed, `${kind} ${input.name}`);
        return [input.name, tensorFor(model, input, shapes, () => (kind === 0 ? random.normal() : random.next()))];
      }),
    ),
  );
}

/** Whether all sizes of all inputs are known, but for the batch. */
export const hasSizes = ({ graph }: Model, shapes: Shapes): boolean =>
  graph.requiredInputs.every(({ name }) => shapes.of(name)?.shape?.every((dim) => typeof dim === 'number') === true);

function tensorFor(model: Model, { name }: ValueInfo, shapes: Shapes, next: () => number): RuntimeTensor {
  const { type, shape } = shapes.of(name) ?? {};
  if (!shape?.every((dim) => typeof dim === 'number')) {
    throw new LatheError(
      'fit.shape',
      `the sizes of input ${JSON.stringify(name.slice(0, 80))} are not known, and what was changed cannot be proven`,
      {
        file: model.path,
        hint: 'Bind them: --shape NAME=1,3,224,224.',
      },
    );
  }
  const dims = shape as readonly number[];
  const size = dims.reduce((a, b) => a * b, 1);
  if (size > mostElements)
    throw new LatheError('fit.shape', `input ${JSON.stringify(name.slice(0, 80))} has ${size} elements`, { file: model.path });
  const numbers = Float64Array.from({ length: size }, next);
  switch (type) {
    case DataType.float32:
      return { type, dims, data: Float32Array.from(numbers) };
    case DataType.float64:
      return { type, dims, data: numbers };
    case DataType.uint8:
      return { type, dims, data: Uint8Array.from(numbers, (value) => Math.abs(value) * 100) };
    case DataType.int32:
      return { type, dims, data: Int32Array.from(numbers, (value) => Math.abs(value) * 3) };
    case DataType.int64:
      return { type, dims, data: BigInt64Array.from(Array.from(numbers, (value) => BigInt(Math.trunc(Math.abs(value) * 3)))) };
    case DataType.bool:
      return { type, dims, data: Uint8Array.from(numbers, (value) => (value > 0.5 ? 1 : 0)) };
    default:
      throw new LatheError('fit.type', `input ${JSON.stringify(name.slice(0, 80))} is ${dataTypeName(type ?? 0)}, and no random numbers of that type are made`, { file: model.path }); // prettier-ignore
  }
}

/** Outputs of a model, or of pieces of one, on each of some inputs. */
export async function outputsOf(chain: Chain, pictures: readonly Inputs[], runtime: Runtime, context: Context): Promise<Inputs[]> {
  const known = pictures.map((inputs): Record<string, RuntimeTensor> => ({ ...inputs }));
  const made: Record<string, RuntimeTensor>[] = pictures.map(() => ({}));
  for (const model of chain) {
    const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: context.threads });
    try {
      for (const [i, values] of known.entries()) {
        throwIfCancelled(context.signal);
        const feeds = Object.fromEntries(session.inputs.map(({ name }) => [name, values[name]!]));
        const results = await session.run(feeds);
        Object.assign(values, results);
        Object.assign(made[i]!, results);
      }
    } finally {
      await session.dispose();
    }
  }
  return made;
}

/** How far results lie from those of another model, over all pictures and the outputs that it names. */
export function compareOutputs(expected: readonly Inputs[], found: readonly Inputs[], outputs: readonly string[]): FixProof {
  const sums = { maxAbs: 0, signal: 0, noise: 0 };
  let equal = true;
  for (const [i, picture] of expected.entries()) {
    for (const name of outputs) {
      const [a, b] = [picture[name], found[i]?.[name]];
      if (!a || !b || a.dims.join() !== b.dims.join()) equal = false;
      else equal = addDifference(a.data as NumericArray, b.data as NumericArray, sums) && equal;
    }
  }
  const { maxAbs, signal, noise } = sums;
  return { pictures: expected.length, maxAbs, sqnrDb: noise === 0 ? null : 10 * Math.log10(signal / noise), equal };
}

/** Whether two tensors are the same up to rounding; adds to the sums what they differ by. */
function addDifference(a: NumericArray, b: NumericArray, sums: { maxAbs: number; signal: number; noise: number }): boolean {
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Object.is(x, y) || x === y) {
      if (Number.isFinite(x)) {
        sums.signal += x * x;
        largest = Math.max(largest, Math.abs(x));
      }
      continue;
    }
    if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
    worst = Math.max(worst, Math.abs(x - y));
    largest = Math.max(largest, Math.abs(x));
    sums.signal += x * x;
    sums.noise += (x - y) ** 2;
  }
  sums.maxAbs = Math.max(sums.maxAbs, worst);
  return worst <= tolerance * largest;
}
