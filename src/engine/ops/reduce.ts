import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, Inferred, OperatorRecord } from './record.ts';
import { multiplyDims, addDims } from './shape/dims.ts';
import { storedAs } from './shape/elements.ts';
import { hasInput, normalAxes, numbersAt, shapeAt, tensorOf, typeAt } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

type Fold = (values: readonly Dim[]) => Dim;

/** Axes as attribute, or as second input from `inputSince` on. undefined: given but not known; 'all': none given. */
function axesOf(context: InferenceContext, inputSince: number): readonly number[] | 'all' | undefined {
  const listed = context.opset < inputSince ? (context.node.ints('axes') ?? []) : hasInput(context, 1) ? numbersAt(context, 1) : [];
  return listed?.length === 0 ? 'all' : listed;
}

/** Reduced axes become 1 (`keepdims`) or vanish. */
function reduce(context: InferenceContext, inputSince: number, fold?: Fold): (Inferred | undefined)[] {
  const { node } = context;
  const input = shapeAt(context, 0);
  const type = typeAt(context, 0);
  const keep = node.int('keepdims', 1) !== 0;
  const axes = axesOf(context, inputSince);
  if (axes === 'all' && node.int('noop_with_empty_axes', 0) !== 0) return [tensorOf(type, input)];
  if (axes === 'all' && !keep) return [tensorOf(type, [], folded(context, fold))];
  if (!input) return [tensorOf(type)];
  if (!axes) return [tensorOf(type, keep ? input.map(() => null) : undefined)];
  const reduced = new Set(axes === 'all' ? input.keys() : normalAxes(node, axes, input.length));
  const shape = keep ? input.map((dim, axis) => (reduced.has(axis) ? 1 : dim)) : input.filter((_, axis) => !reduced.has(axis));
  return [tensorOf(type, shape, reduced.size === input.length ? folded(context, fold) : undefined)];
}

/** The one element left when every axis is reduced. */
function folded(context: InferenceContext, fold?: Fold): readonly Dim[] | undefined {
  const elements = context.input(0)?.elements;
  return fold && elements?.length ? [storedAs(typeAt(context, 0), fold(elements))] : undefined;
}

/** Axes moved from attribute to input in opset 18, for ReduceSum already in 13. */
const record = (op: string, summary: string, fold?: Fold, inputSince = 18): OperatorRecord => ({
  op,
  since: 1,
  summary,
  quantize: noIntegerKernel(op),
  infer: (context) => reduce(context, inputSince, fold),
});

const extreme =
  (pick: (...values: number[]) => number): Fold =>
  (values) =>
    values.every((value) => typeof value === 'number') ? pick(...(values as number[])) : null;

export const records: readonly OperatorRecord[] = withGradients([
  record('ReduceMean', 'Mean over axes.'),
  record('ReduceSum', 'Sum over axes.', (values) => values.reduce(addDims, 0), 13),
  record('ReduceProd', 'Product over axes.', (values) => values.reduce(multiplyDims, 1)),
  record('ReduceMax', 'Largest element over axes.', extreme(Math.max)),
  record('ReduceMin', 'Smallest element over axes.', extreme(Math.min)),
  record('ReduceL1', 'Sum of absolute values over axes.'),
  record('ReduceL2', 'Root of the sum of squares over axes.'),
  record('ReduceSumSquare', 'Sum of squares over axes.'),
  record('ReduceLogSum', 'Logarithm of the sum over axes.'),
  record('ReduceLogSumExp', 'Logarithm of the sum of exponentials over axes.'),
]);
