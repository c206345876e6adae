import { DataType } from '../onnx/data-type.ts';
import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { elementwise, onNumbers } from './shape/elements.ts';
import { tensorOf } from './shape/operand.ts';
import { mapped, sameAsInput } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** Half to even, as ONNX Round says. */
const roundEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
};

const unary = (op: string, since: number, summary: string, compute?: (value: number) => number): OperatorRecord => ({
  op,
  since,
  summary,
  quantize: noIntegerKernel(op),
  infer: compute ? mapped(onNumbers(compute)) : sameAsInput,
});

const toBool =
  (compute?: (value: number) => boolean) =>
  (context: InferenceContext): (Inferred | undefined)[] => {
    const input = context.input(0);
    const elements =
      compute &&
      elementwise(
        input?.shape,
        [input],
        onNumbers((value) => Number(compute(value!))),
      );
    return [tensorOf(DataType.bool, input?.shape, elements)];
  };

/** Functions of single elements that are no activations. */
export const records: readonly OperatorRecord[] = withGradients([
  unary('Abs', 1, 'Absolute value.', Math.abs),
  unary('Neg', 1, 'Changes the sign.', (value) => -value),
  unary('Ceil', 1, 'Rounds up.', Math.ceil),
  unary('Floor', 1, 'Rounds down.', Math.floor),
  unary('Round', 11, 'Rounds to the nearest integer, halves to even.', roundEven),
  unary('Sqrt', 1, 'Square root.', Math.sqrt),
  unary('Sign', 9, 'Sign: -1, 0 or 1.', Math.sign),
  unary('Reciprocal', 1, 'One divided by the element.'),
  unary('Exp', 1, 'Exponential function.'),
  unary('Log', 1, 'Natural logarithm.'),
  unary('Erf', 9, 'Gauss error function.'),
  unary('Sin', 7, 'Sine.'),
  unary('Cos', 7, 'Cosine.'),
  unary('Tan', 7, 'Tangent.'),
  unary('Asin', 7, 'Arc sine.'),
  unary('Acos', 7, 'Arc cosine.'),
  unary('Atan', 7, 'Arc tangent.'),
  unary('Sinh', 9, 'Hyperbolic sine.'),
  unary('Cosh', 9, 'Hyperbolic cosine.'),
  unary('Asinh', 9, 'Inverse hyperbolic sine.'),
  unary('Acosh', 9, 'Inverse hyperbolic cosine.'),
  unary('Atanh', 9, 'Inverse hyperbolic tangent.'),
  unary('BitwiseNot', 18, 'Inverts every bit.'),
  { op: 'Not', since: 1, summary: 'Logical not.', infer: toBool((value) => value === 0) },
  { op: 'IsNaN', since: 9, summary: 'True where an element is not a number.', infer: toBool() },
  { op: 'IsInf', since: 10, summary: 'True where an element is infinite.', infer: toBool() },
]);
