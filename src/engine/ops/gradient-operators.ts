import type { OperatorRecord } from './record.ts';
import { fakeQuantizeGradient } from './gradient/fake-quantize.ts';
import { gradientDomain } from './gradient/rule.ts';
import { shapeAt, tensorOf, typeAt } from './shape/operand.ts';

/** The result has the shape that the attribute `shape` says. */
const declared = (op: string, summary: string): OperatorRecord => ({
  op,
  domain: gradientDomain,
  since: 1,
  summary,
  infer: (context) => [tensorOf(typeAt(context, 0), context.node.ints('shape'))],
});

/** Fake quantization has the shape of what it rounds; its scale is a vector along `axis` or a lone number. */
const fakeQuantize: OperatorRecord = {
  op: 'FakeQuantize',
  domain: gradientDomain,
  since: 1,
  summary: 'Rounds to integers from `low` to `high` times a scale; the gradient passes where nothing is cut off, and goes to the scale.',
  weights: [1],
  infer: (context) => [tensorOf(typeAt(context, 0), shapeAt(context, 0))],
};

/** Operators of training graphs that stand until a lowering writes them out; no runtime has them. */
export const records: readonly OperatorRecord[] = [
  { ...fakeQuantize, gradient: fakeQuantizeGradient },
  {
    op: 'FakeQuantizeGradient',
    domain: gradientDomain,
    since: 1,
    summary: 'Gradients of FakeQuantize by input and scale, from gradient, input, result and scale.',
    infer: (context) => [tensorOf(typeAt(context, 1), shapeAt(context, 1)), tensorOf(typeAt(context, 3), shapeAt(context, 3))],
  },
  declared('ConvInputGradient', 'Gradient of a convolution by its input, from gradient and weight.'),
  declared('ConvWeightGradient', 'Gradient of a convolution by its weight, from gradient and input.'),
  {
    op: 'MaxPoolGradient',
    domain: gradientDomain,
    since: 1,
    summary: 'Gradient of MaxPool, from gradient, input and output.',
    infer: (context) => [tensorOf(typeAt(context, 1), shapeAt(context, 1))],
  },
  {
    op: 'BatchNormalizationGradient',
    domain: gradientDomain,
    since: 1,
    summary: 'Gradients of BatchNormalization in training mode by input, scale and bias, from gradient, input and scale.',
    infer: (context) => [1, 2, 2].map((index) => tensorOf(typeAt(context, index), shapeAt(context, index))),
  },
];
