import { DataType } from '../onnx/data-type.ts';
import { withGradients } from './gradient/index.ts';
import type { OperatorRecord, QuantizeRole } from './record.ts';
import { onNumbers } from './shape/elements.ts';
import { broadcastShapes, commonType, shapeAt, tensorOf } from './shape/operand.ts';
import { mapped, sameAsInput } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

const integerKernel: QuantizeRole = { kind: 'integer', inputs: [0] };
const activation = (
  op: string,
  since: number,
  summary: string,
  quantize: QuantizeRole = noIntegerKernel(op),
  domain?: string,
): OperatorRecord => ({
  op,
  since,
  summary,
  ...(domain === undefined ? {} : { domain }),
  infer: sameAsInput,
  activation: true,
  quantize,
});

/** Activation functions: one element in, one element out. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Relu',
    since: 1,
    summary: 'Cuts off below zero: max(x, 0).',
    infer: mapped(onNumbers((value) => Math.max(value, 0))),
    activation: true,
    quantize: { kind: 'clamp', input: 0 },
  },
  activation('LeakyRelu', 1, 'x above zero, alpha · x below.', integerKernel),
  activation('Sigmoid', 1, 'Logistic function 1 / (1 + exp(-x)).', integerKernel),
  activation('Tanh', 1, 'Hyperbolic tangent.'),
  activation('HardSigmoid', 1, 'clip(alpha · x + beta, 0, 1).'),
  activation('HardSwish', 14, 'x · clip(x / 6 + 0.5, 0, 1).'),
  activation('Elu', 1, 'x above zero, alpha · (exp(x) - 1) below.'),
  activation('Selu', 1, 'Scaled exponential linear unit.'),
  activation('Celu', 12, 'Continuously differentiable exponential linear unit.'),
  activation('Softplus', 1, 'log(1 + exp(x)).'),
  activation('Softsign', 1, 'x / (1 + |x|).'),
  activation('ThresholdedRelu', 10, 'x where it exceeds alpha, else 0.'),
  activation('Shrink', 9, 'Pulls elements toward zero by a bias, zero within ±lambd.'),
  activation('Mish', 18, 'x · tanh(softplus(x)).'),
  activation('Gelu', 20, 'Gaussian error linear unit.'),
  activation('Swish', 24, 'x · sigmoid(alpha · x).'),
  activation('Gelu', 1, 'Gaussian error linear unit.', noIntegerKernel('Gelu'), 'com.microsoft'),
  activation('QuickGelu', 1, 'x · sigmoid(alpha · x).', noIntegerKernel('QuickGelu'), 'com.microsoft'),
  {
    ...activation(
      'FastGelu',
      1,
      'Gaussian error linear unit, tanh approximation, with an optional bias.',
      noIntegerKernel('FastGelu'),
      'com.microsoft',
    ),
    weights: [1],
    activation: false,
  },
  {
    ...activation('BiasGelu', 1, 'Gaussian error linear unit of x + bias.', noIntegerKernel('BiasGelu'), 'com.microsoft'),
    weights: [1],
    activation: false,
  },
  {
    op: 'PRelu',
    since: 1,
    summary: 'x above zero, a learned slope · x below.',
    weights: [1],
    quantize: noIntegerKernel('PRelu'),
    infer(context) {
      const [data, slope] = [shapeAt(context, 0), shapeAt(context, 1)];
      const type = commonType(context, [0, 1]);
      if (context.opset < 7) return [tensorOf(type, data)];
      const shape = broadcastShapes(context.node, [data, slope]);
      return [tensorOf(type, shape)];
    },
  },
  {
    op: 'Clip',
    since: 1,
    until: 10,
    summary: 'Cuts off below min and above max.',
    infer: (context) =>
      mapped(onNumbers((value) => Math.min(Math.max(value, context.node.float('min', -Infinity)), context.node.float('max', Infinity))))(
        context,
      ),
    activation: true,
    quantize: { kind: 'clamp', input: 0 },
  },
  {
    op: 'Clip',
    since: 11,
    summary: 'Cuts off below min and above max.',
    settings: [1, 2],
    activation: true,
    quantize: { kind: 'clamp', input: 0 },
    infer(context) {
      const type = commonType(context, [0, 1, 2]);
      const [low, high] = [1, 2].map((index) => context.input(index)?.elements?.[0]);
      const named = context.node.inputs;
      const known = (index: number, bound: unknown): boolean => (named[index] ?? '') === '' || typeof bound === 'number';
      if (!known(1, low) || !known(2, high) || type === DataType.undefined) return [tensorOf(type, shapeAt(context, 0))];
      const [least, most] = [typeof low === 'number' ? low : -Infinity, typeof high === 'number' ? high : Infinity];
      return mapped(onNumbers((value) => Math.min(Math.max(value, least), most)))(context);
    },
  },
]);
