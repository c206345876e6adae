import { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord, QuantizeRole } from './record.ts';
import { addDims, multiplyDims, subtractDims } from './shape/dims.ts';
import { onNumbers } from './shape/elements.ts';
import { broadcastShapes, commonType, shapeAt, tensorOf, typeAt } from './shape/operand.ts';
import { broadcastAll } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

type Compute = (a: Dim, b: Dim) => Dim;

const integerKernel: QuantizeRole = { kind: 'integer', inputs: [0, 1] };

/** Before opset 7 the second operand was stretched to the first one's shape (attributes `broadcast` and `axis`). */
const legacy =
  (compare: boolean) =>
  (context: InferenceContext): (Inferred | undefined)[] => [
    tensorOf(compare ? DataType.bool : commonType(context, [0, 1]), shapeAt(context, 0)),
  ];

const arithmetic = (op: string, summary: string, quantize: QuantizeRole, compute: Compute): OperatorRecord[] => [
  { op, since: 1, until: 6, summary, quantize, infer: legacy(false) },
  { op, since: 7, summary, quantize, infer: (context) => broadcastAll(context, compute as (...values: Dim[]) => Dim) },
];

const comparison = (op: string, since: number, summary: string, compute: Compute): OperatorRecord[] => {
  const record: OperatorRecord = {
    op,
    since,
    summary,
    infer: (context) => broadcastAll(context, compute as (...values: Dim[]) => Dim, DataType.bool),
  };
  if (since >= 7) return [record];
  return [
    { op, since, until: 6, summary, infer: legacy(true) },
    { ...record, since: 7 },
  ];
};

/** Integers are divided toward zero, as the runtime's C++ does. Symbols survive a division by one. */
const divide =
  (integer: boolean): Compute =>
  (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') {
      if (!integer) return a / b;
      return b === 0 ? null : Math.trunc(a / b);
    }
    return b === 1 ? a : null;
  };

/** Equality with a name: true for the same name; a size is never negative. */
const equal: Compute = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return Number(a === b);
  if (a !== null && a === b) return 1;
  return (typeof a === 'number' && a < 0 && b !== null) || (typeof b === 'number' && b < 0 && a !== null) ? 0 : null;
};

const integerTypes = new Set<DataType>([
  DataType.int8, DataType.int16, DataType.int32, DataType.int64, DataType.uint8, DataType.uint16, DataType.uint32, DataType.uint64,
]); // prettier-ignore

/** Python's % for integers (sign of the divisor), C's fmod with `fmod`. */
const modulo = (fmod: boolean) => onNumbers((a, b) => (b === 0 ? NaN : fmod ? a! % b! : ((a! % b!) + b!) % b!));

const numbers = (compute: (a: number, b: number) => number): Compute => onNumbers((a, b) => compute(a!, b!));

/** Functions of two elements with broadcasting. */
export const records: readonly OperatorRecord[] = withGradients([
  ...arithmetic('Add', 'Sum of two tensors.', integerKernel, addDims),
  ...arithmetic('Mul', 'Product of two tensors, element by element.', integerKernel, multiplyDims),
  ...arithmetic('Sub', 'Difference of two tensors.', noIntegerKernel('Sub'), subtractDims),
  { op: 'Div', since: 1, until: 6, summary: 'Quotient of two tensors.', quantize: noIntegerKernel('Div'), infer: legacy(false) },
  {
    op: 'Div',
    since: 7,
    summary: 'Quotient of two tensors, element by element.',
    quantize: noIntegerKernel('Div'),
    infer: (context) => broadcastAll(context, divide(integerTypes.has(typeAt(context, 0))) as (...values: Dim[]) => Dim),
  },
  { op: 'Pow', since: 1, until: 6, summary: 'First operand to the power of the second.', settings: [1], infer: legacy(false) },
  {
    op: 'Pow',
    since: 7,
    summary: 'First operand to the power of the second, whose type may differ.',
    settings: [1],
    quantize: noIntegerKernel('Pow'),
    infer: (context) => [tensorOf(typeAt(context, 0), broadcastShapes(context.node, [shapeAt(context, 0), shapeAt(context, 1)]))],
  },
  {
    op: 'Mod',
    since: 10,
    summary: 'Remainder of a division.',
    infer: (context) => broadcastAll(context, modulo(context.node.int('fmod', 0) !== 0) as (...values: Dim[]) => Dim),
  },
  { op: 'BitShift', since: 11, summary: 'Shifts bits left or right.', infer: (context) => broadcastAll(context) },
  { op: 'BitwiseAnd', since: 18, summary: 'And of every bit.', infer: (context) => broadcastAll(context) },
  { op: 'BitwiseOr', since: 18, summary: 'Or of every bit.', infer: (context) => broadcastAll(context) },
  { op: 'BitwiseXor', since: 18, summary: 'Exclusive or of every bit.', infer: (context) => broadcastAll(context) },
  ...comparison('Equal', 1, 'True where two tensors are equal.', equal),
  ...comparison(
    'Greater',
    1,
    'True where the first is greater.',
    numbers((a, b) => Number(a > b)),
  ),
  ...comparison(
    'Less',
    1,
    'True where the first is smaller.',
    numbers((a, b) => Number(a < b)),
  ),
  ...comparison(
    'GreaterOrEqual',
    12,
    'True where the first is not smaller.',
    numbers((a, b) => Number(a >= b)),
  ),
  ...comparison(
    'LessOrEqual',
    12,
    'True where the first is not greater.',
    numbers((a, b) => Number(a <= b)),
  ),
  ...comparison(
    'And',
    1,
    'Logical and.',
    numbers((a, b) => Number(a !== 0 && b !== 0)),
  ),
  ...comparison(
    'Or',
    1,
    'Logical or.',
    numbers((a, b) => Number(a !== 0 || b !== 0)),
  ),
  ...comparison(
    'Xor',
    1,
    'Logical exclusive or.',
    numbers((a, b) => Number((a !== 0) !== (b !== 0))),
  ),
]);
