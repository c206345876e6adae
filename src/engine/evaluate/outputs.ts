import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import { float16ToNumber } from '../onnx/tensor.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { Outputs } from './metric.ts';

/** A tensor's elements as numbers. Throws `evaluate.output` for text. */
export function numbersOf({ data, type }: RuntimeTensor): ArrayLike<number> {
  if (!ArrayBuffer.isView(data)) throw new LatheError('evaluate.output', `an output is ${dataTypeName(type)}, not numbers`);
  if (type === DataType.float16) return Float32Array.from(data as Uint16Array, float16ToNumber);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data as BigInt64Array, Number);
  return data as ArrayLike<number>;
}

/** Scores of the classes: the first output. Throws `evaluate.output` where it holds no vector of them. */
export function classScores(outputs: Outputs): ArrayLike<number> {
  const [name, tensor] = Object.entries(outputs)[0] ?? [];
  if (!tensor) throw new LatheError('evaluate.output', 'the model has no output');
  const wide = tensor.dims.filter((size) => size > 1);
  if (wide.length === 1) return numbersOf(tensor);
  throw new LatheError('evaluate.output', `the output ${JSON.stringify(name)} is [${tensor.dims.join(', ')}], no list of class scores`, {
    hint: 'Set the task: detection needs decode, restoration pairs or degrade.',
  });
}

/** Positions of the `count` greatest scores, best first; of equal scores the earlier class. NaN is never among the best. */
export function topClasses(scores: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) continue;
    let at = best.length;
    while (at > 0 && scores[best[at - 1]!]! < score) at--;
    if (at >= count) continue;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Outputs for the first of `batch` equal samples: models with a fixed batch are fed the same sample as often as it takes. */
export function firstOfBatch(outputs: Outputs, batch: number): Outputs {
  if (batch === 1) return outputs;
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]): [string, RuntimeTensor] => {
      if (tensor.dims[0] !== batch) return [name, tensor];
      const size = tensor.data.length / batch;
      const data = tensor.data.slice(0, size) as RuntimeTensor['data'];
      return [name, { type: tensor.type, dims: [1, ...tensor.dims.slice(1)], data }];
    }),
  );
}
