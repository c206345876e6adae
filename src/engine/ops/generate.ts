import { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { elementLimit } from './shape/elements.ts';
import { dimAt, normalAxis, ranked, scalarAt, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';

/** Range-11: start, start + step … before the limit. */
function range(context: InferenceContext): (Inferred | undefined)[] {
  const type = typeAt(context, 0);
  const [start, limit, step] = [0, 1, 2].map((index) => scalarAt(context, index));
  if (start === undefined || limit === undefined || step === undefined) {
    const end = context.input(1)?.elements?.[0] ?? null;
    const counts = start === 0 && step === 1 && typeof end === 'string';
    return [tensorOf(type, [counts ? end : context.freshDim()])];
  }
  if (step === 0) throw shapeError(context.node, 'has step 0');
  const count = Math.max(0, Math.ceil((limit - start) / step));
  const elements = count <= elementLimit ? Array.from({ length: count }, (_, i) => start + i * step) : undefined;
  return [tensorOf(type, [count], elements)];
}

function oneHot(context: InferenceContext): (Inferred | undefined)[] {
  const indices = shapeAt(context, 0);
  const type = typeAt(context, 2);
  if (!indices) return [tensorOf(type)];
  const axis = normalAxis(context.node, context.node.int('axis', -1), indices.length + 1);
  const depth: Dim = context.input(1)?.elements?.[0] ?? null;
  return [tensorOf(type, [...indices.slice(0, axis), depth, ...indices.slice(axis)])];
}

/** Type from the attribute dtype, else that of the input (…Like) or float. */
const declaredType = (context: InferenceContext, fallback: DataType): DataType => (context.node.int('dtype', 0) as DataType) || fallback;

const random = (op: string, summary: string): OperatorRecord => ({
  op,
  since: 1,
  summary,
  nondeterministic: true,
  infer: (context) => [tensorOf(declaredType(context, DataType.float32), context.node.ints('shape') ?? [])],
});

const randomLike = (op: string, since: number, summary: string): OperatorRecord => ({
  op,
  since,
  summary,
  nondeterministic: true,
  infer: (context) => [tensorOf(declaredType(context, typeAt(context, 0)), shapeAt(context, 0))],
});

/** Operators that make tensors from numbers, or at random. */
export const records: readonly OperatorRecord[] = [
  { op: 'Range', since: 11, summary: 'Numbers from a start to before a limit.', infer: range },
  { op: 'OneHot', since: 9, summary: 'One value at each index, another everywhere else.', settings: [2], infer: oneHot },
  {
    op: 'EyeLike',
    since: 9,
    summary: 'Ones on a diagonal.',
    infer: (context) => [tensorOf(declaredType(context, typeAt(context, 0)), ranked(context, 0, 2))],
  },
  random('RandomNormal', 'Random numbers, normally distributed.'),
  random('RandomUniform', 'Random numbers, uniformly distributed.'),
  randomLike('RandomNormalLike', 1, 'Random numbers in the shape of the input, normally distributed.'),
  randomLike('RandomUniformLike', 1, 'Random numbers in the shape of the input, uniformly distributed.'),
  randomLike('Bernoulli', 15, 'Ones with the probability that the input states.'),
  {
    op: 'Multinomial',
    since: 7,
    summary: 'Random classes, by log-probabilities.',
    nondeterministic: true,
    infer(context) {
      const rows = dimAt(ranked(context, 0, 2), 0);
      return [tensorOf(declaredType(context, DataType.int32), [rows, context.node.int('sample_size', 1)])];
    },
  },
];
