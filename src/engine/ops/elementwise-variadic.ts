import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { OperatorRecord } from './record.ts';
import { addDims } from './shape/dims.ts';
import { onNumbers } from './shape/elements.ts';
import { allInputs, commonType, shapeAt, tensorOf } from './shape/operand.ts';
import { broadcastAll } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** A symbol next to itself stays; else only numbers compare. */
const extreme =
  (compute: (...values: number[]) => number) =>
  (...values: Dim[]): Dim =>
    values.every((value) => value !== null && value === values[0]) ? values[0]! : onNumbers(compute)(...values);

const variadic = (op: string, summary: string, compute?: (...values: Dim[]) => Dim): OperatorRecord[] => [
  {
    op,
    since: 1,
    until: 7,
    summary,
    quantize: noIntegerKernel(op),
    infer: (context) => [tensorOf(commonType(context, allInputs(context)), shapeAt(context, 0))],
  },
  { op, since: 8, summary, quantize: noIntegerKernel(op), infer: (context) => broadcastAll(context, compute) },
];

/** Functions of any number of elements; with broadcasting from opset 8. */
export const records: readonly OperatorRecord[] = withGradients([
  ...variadic('Sum', 'Sum of several tensors.', (...values) => values.reduce(addDims, 0)),
  ...variadic('Max', 'Largest of several tensors, element by element.', extreme(Math.max)),
  ...variadic('Min', 'Smallest of several tensors, element by element.', extreme(Math.min)),
  ...variadic('Mean', 'Mean of several tensors, element by element.'),
]);
