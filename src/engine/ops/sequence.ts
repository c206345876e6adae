import { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import { commonValue } from './control-flow.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { commonType, normalAxis, numbersAt, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';

const sequenceOf = (element: Inferred | undefined): Inferred => ({
  type: element?.type ?? DataType.undefined,
  shape: element?.shape,
  container: 'sequence',
});

/** One element of a sequence or the content of an optional. */
const elementOf = (value: Inferred | undefined): Inferred | undefined => value && tensorOf(value.type, value.shape);

/** SplitToSequence-11: parts of given size, or of size 1 with the axis dropped unless `keepdims`. */
function splitToSequence(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const input = shapeAt(context, 0);
  const type = typeAt(context, 0);
  if (!input) return [sequenceOf(tensorOf(type))];
  const axis = normalAxis(node, node.int('axis', 0), input.length);
  const given = (node.inputs[1] ?? '') !== '';
  if (!given && node.int('keepdims', 1) === 0) return [sequenceOf(tensorOf(type, input.filter((_, at) => at !== axis)))]; // prettier-ignore
  const each = given ? partSize(context, input[axis]!) : 1;
  return [sequenceOf(tensorOf(type, input.map((dim, at) => (at === axis ? each : dim))))]; // prettier-ignore
}

/** The size that all parts have: a list names every part's, a scalar that of all but perhaps the last one. */
function partSize(context: InferenceContext, size: Dim): Dim {
  const [part, ...others] = numbersAt(context, 1) ?? [];
  if (part === undefined || others.some((other) => other !== part)) return null;
  const scalar = shapeAt(context, 1)?.length === 0;
  return !scalar || part === 1 || (typeof size === 'number' && size % part === 0) ? part : null;
}

function concatFromSequence(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const { type, shape } = context.input(0) ?? { type: DataType.undefined };
  const declared = node.int('axis');
  if (declared === undefined) throw shapeError(node, 'has no axis');
  if (!shape) return [tensorOf(type)];
  if (node.int('new_axis', 0) === 0) {
    const axis = normalAxis(node, declared, shape.length);
    return [tensorOf(type, shape.map((dim, at) => (at === axis ? null : dim)))]; // prettier-ignore
  }
  const axis = normalAxis(node, declared, shape.length + 1);
  return [tensorOf(type, [...shape.slice(0, axis), null, ...shape.slice(axis)])];
}

/** Sequences and optionals: `type` and `shape` are those of every element. */
export const records: readonly OperatorRecord[] = [
  {
    op: 'SequenceEmpty',
    since: 11,
    summary: 'An empty sequence.',
    infer: (context) => [sequenceOf(tensorOf((context.node.int('dtype', 0) as DataType) || DataType.float32))],
  },
  {
    op: 'SequenceConstruct',
    since: 11,
    summary: 'A sequence of the given tensors.',
    infer(context) {
      const type = commonType(context, [...context.node.inputs.keys()]);
      const values = context.node.inputs.map((_, index) => context.input(index));
      const common = values.slice(1).reduce(commonValue, values[0]);
      return [sequenceOf({ ...common, type })];
    },
  },
  {
    op: 'SequenceInsert',
    since: 11,
    summary: 'Adds a tensor to a sequence.',
    infer: (context) => [sequenceOf(commonValue(elementOf(context.input(0)), context.input(1)))],
  },
  { op: 'SequenceErase', since: 11, summary: 'Drops a tensor from a sequence.', infer: (context) => [sequenceOf(context.input(0))] },
  { op: 'SequenceAt', since: 11, summary: 'One tensor of a sequence.', infer: (context) => [elementOf(context.input(0))] },
  { op: 'SequenceLength', since: 11, summary: 'How many tensors a sequence has.', infer: () => [tensorOf(DataType.int64, [])] },
  { op: 'SplitToSequence', since: 11, summary: 'Cuts a tensor into a sequence.', infer: splitToSequence },
  { op: 'ConcatFromSequence', since: 11, summary: 'Joins the tensors of a sequence.', infer: concatFromSequence },
  {
    op: 'Optional',
    since: 15,
    summary: 'A value that may be absent.',
    infer: (context) => [{ ...(context.input(0) ?? { type: DataType.undefined }), elements: undefined, container: 'optional' }],
  },
  { op: 'OptionalHasElement', since: 15, summary: 'Whether a value is there.', infer: () => [tensorOf(DataType.bool, [])] },
  {
    op: 'OptionalGetElement',
    since: 15,
    summary: 'The value of an optional.',
    infer: (context) => [elementOf(context.input(0))],
  },
];
