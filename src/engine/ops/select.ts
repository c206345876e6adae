import { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { agree, normalAxis, ranked, rankedAtLeast, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** ArgMax / ArgMin: indices along one axis, which becomes 1 (`keepdims`) or vanishes. */
function argument(context: InferenceContext): (Inferred | undefined)[] {
  const input = rankedAtLeast(context, 0, 1);
  if (!input) return [tensorOf(DataType.int64)];
  const axis = normalAxis(context.node, context.node.int('axis', 0), input.length);
  const keep = context.node.int('keepdims', 1) !== 0;
  return [tensorOf(DataType.int64, keep ? input.map((dim, at) => (at === axis ? 1 : dim)) : input.filter((_, at) => at !== axis))];
}

function topK(context: InferenceContext, k: Dim): (Inferred | undefined)[] {
  const { node } = context;
  const input = rankedAtLeast(context, 0, 1);
  const type = typeAt(context, 0);
  if (!input) return [tensorOf(type), tensorOf(DataType.int64)];
  const axis = normalAxis(node, node.int('axis', -1), input.length);
  const size = input[axis]!;
  if (typeof k === 'number' && (k < 0 || (typeof size === 'number' && k > size)))
    throw shapeError(node, `takes the top ${k} of ${size ?? '?'}`);
  const shape = input.map((dim, at) => (at === axis ? k : dim));
  return [tensorOf(type, shape), tensorOf(DataType.int64, shape)];
}

/** Unique-11: values, and indices into and out of them. Without an axis the input is flattened. */
function unique(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const input = shapeAt(context, 0);
  const found = context.freshDim();
  const declared = node.int('axis');
  const axis = declared !== undefined && input ? normalAxis(node, declared, input.length) : undefined;
  const values = declared === undefined ? [found] : input?.map((dim, at) => (at === axis ? found : dim));
  const size: Dim = axis === undefined ? (input?.length === 1 ? input[0]! : productOrNull(input)) : input![axis]!;
  const indices = tensorOf(DataType.int64, [found]);
  return [tensorOf(typeAt(context, 0), values), indices, tensorOf(DataType.int64, [size]), indices];
}

const productOrNull = (shape: readonly Dim[] | undefined): Dim =>
  shape?.every((dim) => typeof dim === 'number') ? (shape as number[]).reduce((a, b) => a * b, 1) : null;

function compress(context: InferenceContext): (Inferred | undefined)[] {
  const input = rankedAtLeast(context, 0, 1);
  const declared = context.node.int('axis');
  const kept = context.freshDim();
  if (declared === undefined) return [tensorOf(typeAt(context, 0), [kept])];
  if (!input) return [tensorOf(typeAt(context, 0))];
  const axis = normalAxis(context.node, declared, input.length);
  return [tensorOf(typeAt(context, 0), input.map((dim, at) => (at === axis ? kept : dim)))]; // prettier-ignore
}

/** Operators that search or sort; many sizes depend on the data. */
export const records: readonly OperatorRecord[] = [
  { op: 'ArgMax', since: 1, summary: 'Index of the largest element along one axis.', infer: argument },
  { op: 'ArgMin', since: 1, summary: 'Index of the smallest element along one axis.', infer: argument },
  {
    op: 'TopK',
    since: 1,
    until: 9,
    summary: 'The largest elements along one axis, and their indices.',
    quantize: noIntegerKernel('TopK'),
    infer: (context) => topK(context, context.node.int('k') ?? null),
  },
  {
    op: 'TopK',
    since: 10,
    summary: 'The largest or smallest elements along one axis, and their indices.',
    quantize: noIntegerKernel('TopK'),
    infer: (context) => topK(context, context.input(1)?.elements?.[0] ?? null),
  },
  {
    op: 'NonZero',
    since: 9,
    summary: 'Positions of all elements that are not zero, one a column.',
    infer: (context) => [tensorOf(DataType.int64, [shapeAt(context, 0)?.length ?? null, context.freshDim()])],
  },
  { op: 'Unique', since: 11, summary: 'The distinct elements.', quantize: noIntegerKernel('Unique'), infer: unique },
  { op: 'Compress', since: 9, summary: 'Keeps the slices that a condition picks.', quantize: noIntegerKernel('Compress'), infer: compress },
  {
    op: 'NonMaxSuppression',
    since: 10,
    summary: 'Boxes that overlap no better one: rows of batch, class, box.',
    settings: [3, 4],
    infer(context) {
      const [boxes, scores] = [ranked(context, 0, 3), ranked(context, 1, 3)];
      if (boxes && scores) {
        agree(context.node, 'the batch', boxes[0]!, scores[0]!);
        agree(context.node, 'the number of boxes', boxes[1]!, scores[2]!);
      }
      return [tensorOf(DataType.int64, [context.freshDim(), 3])];
    },
  },
];
