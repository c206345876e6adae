import type { DataType } from '../../onnx/data-type.ts';
import type { Dim } from '../../onnx/graph.ts';
import type { Inferred, InferenceContext } from '../record.ts';
import { elementwise, storedAs } from './elements.ts';
import { allInputs, broadcastShapes, commonType, shapeAt, tensorOf, typeAt } from './operand.ts';

/** Shape rules that whole families share. */

/** One output of the first input's type and shape. */
export function sameAsInput(context: InferenceContext): (Inferred | undefined)[] {
  const input = context.input(0);
  return [input && tensorOf(input.type, input.shape)];
}

/** The same, with elements followed through `compute` where they are known. */
export const mapped =
  (compute: (value: Dim) => Dim) =>
  (context: InferenceContext): (Inferred | undefined)[] => {
    const input = context.input(0);
    const elements = elementwise(input?.shape, [input], (value) => storedAs(input!.type, compute(value!)));
    return [input && tensorOf(input.type, input.shape, elements)];
  };

/** One output with the first input's elements, in order, under another shape. */
export const reshaped = (context: InferenceContext, shape: readonly Dim[] | undefined): (Inferred | undefined)[] => [
  tensorOf(typeAt(context, 0), shape, shape && context.input(0)?.elements),
];

/** Numpy broadcast of all inputs, which must share one type; `result` is the output's type where it differs from theirs. */
export function broadcastAll(context: InferenceContext, compute?: (...values: Dim[]) => Dim, result?: DataType): (Inferred | undefined)[] {
  const indices = allInputs(context);
  const type = result ?? commonType(context, indices);
  if (result !== undefined) commonType(context, indices);
  const shape = broadcastShapes(
    context.node,
    indices.map((index) => shapeAt(context, index)),
  );
  const inputs = indices.map((index) => context.input(index));
  const elements = compute && elementwise(shape, inputs, (...values) => storedAs(type, compute(...values)));
  return [tensorOf(type, shape, elements)];
}
