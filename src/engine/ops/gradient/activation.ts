import { above, add, below, elementwise, from, multiply, positive, scaled, shifted, sumTo } from './arithmetic.ts';
import type { Backward, GradientRule } from './rule.ts';
import { productSlope, sigmoidSlope, tanhSlope } from './unary.ts';

/** inside · 1 + outside · slope, for a mask of zeros and ones. */
const blend = (b: Backward, mask: string, slope: string): string => add(b, mask, multiply(b, from(b, 1, mask), slope));

/** x · σ(a·x) */
const swish = (alpha: (b: Backward) => number): GradientRule =>
  elementwise((b, x) => {
    const a = alpha(b);
    const sigmoid = b.emit('Sigmoid', [scaled(b, x, a)]);
    return productSlope(b, x, sigmoid, scaled(b, sigmoidSlope(b, sigmoid), a));
  });

/** Φ(x) + x · φ(x), the normal distribution (Hendrycks and Gimpel 2016, eq. 1). */
function geluSlope(b: Backward, x: string): string {
  const cumulative = scaled(b, shifted(b, b.emit('Erf', [scaled(b, x, Math.SQRT1_2)]), 1), 0.5);
  const density = scaled(b, b.emit('Exp', [scaled(b, multiply(b, x, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
  return productSlope(b, x, cumulative, density);
}

/** 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), Hendrycks and Gimpel 2016, eq. 2. */
function fastGeluSlope(b: Backward, x: string): string {
  const [c, k] = [Math.sqrt(2 / Math.PI), 0.044715];
  const squared = multiply(b, x, x);
  const tanh = b.emit('Tanh', [scaled(b, multiply(b, x, shifted(b, scaled(b, squared, k), 1)), c)]);
  const inner = scaled(b, shifted(b, scaled(b, squared, 3 * k), 1), c);
  const half = scaled(b, shifted(b, tanh, 1), 0.5);
  return productSlope(b, x, half, scaled(b, multiply(b, tanhSlope(b, tanh), inner), 0.5));
}

/** 1 strictly between two bounds, else 0; an absent bound cuts nothing. */
function between(b: Backward, x: string, low: number, high: number): string | undefined {
  const passed = [...(low > -Infinity ? [above(b, x, low)] : []), ...(high < Infinity ? [below(b, x, high)] : [])];
  return passed.length === 2 ? multiply(b, passed[0]!, passed[1]!) : passed[0];
}

/** min and max are inputs from opset 11 on; bounds that are computed are compared as tensors. */
const clip: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const known = (index: number, absent: number): number | undefined => (b.input(index) === '' ? absent : numberOf(b, index));
  const [low, high] = [known(1, -Infinity), known(2, Infinity)];
  if (low !== undefined && high !== undefined) {
    // By the output, which is kept anyway: it reaches a bound where the input does.
    const mask = between(b, b.output(), low, high);
    return [mask === undefined ? dy : multiply(b, dy, mask)];
  }
  const masks = [1, 2].flatMap((index) => {
    if (b.input(index) === '') return [];
    const [more, less] = index === 1 ? [b.input(0), b.input(1)] : [b.input(2), b.input(0)];
    return [positive(b, b.emit('Sub', [more, less]))];
  });
  return [masks.reduce((gradient, mask) => multiply(b, gradient, mask), dy)];
};

const prelu: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const [x, slope] = [b.input(0), b.input(1)];
  const mask = positive(b, x);
  const dx = multiply(b, dy, blend(b, mask, slope));
  if (!b.wants(1)) return [dx];
  const negative = multiply(b, x, from(b, 1, mask));
  return [dx, sumTo(b, multiply(b, dy, negative), b.outputShape(), b.inputShape(1))];
};

/** BiasGelu and FastGelu of ONNX Runtime: an activation of x + bias. */
const withBias =
  (slope: (b: Backward, x: string) => string): GradientRule =>
  (b) => {
    const dy = b.incoming();
    if (dy === undefined) return [];
    const biased = b.input(1) !== '';
    const dx = multiply(b, dy, slope(b, biased ? add(b, b.input(0), b.input(1)) : b.input(0)));
    return biased ? [dx, sumTo(b, dx, b.outputShape(), b.inputShape(1))] : [dx];
  };

const selu = { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 }; // defaults of ONNX Selu-22

export const activationGradients: Readonly<Record<string, GradientRule>> = {
  Relu: elementwise((b, _x, y) => positive(b, y)),
  LeakyRelu: elementwise((b, x) => blend(b, positive(b, x), b.number(b.node.float('alpha', 0.01)))),
  PRelu: prelu,
  Sigmoid: elementwise((b, _x, y) => sigmoidSlope(b, y)),
  Tanh: elementwise((b, _x, y) => tanhSlope(b, y)),
  HardSigmoid: elementwise((b, _x, y) => scaled(b, between(b, y, 0, 1)!, b.node.float('alpha', 0.2))),
  // x · clip(x/6 + 1/2, 0, 1): 0 below −3, 1 above 3, x/3 + 1/2 between.
  HardSwish: elementwise((b, x) => {
    const line = shifted(b, scaled(b, x, 1 / 3), 0.5);
    return add(b, above(b, x, 3), multiply(b, between(b, x, -3, 3)!, line));
  }),
  // Below zero y = α(eˣ − 1), so y' = y + α.
  Elu: elementwise((b, x, y) => blend(b, positive(b, x), shifted(b, y, b.node.float('alpha', 1)))),
  Selu: elementwise((b, x, y) => {
    const [alpha, gamma] = [b.node.float('alpha', selu.alpha), b.node.float('gamma', selu.gamma)];
    const mask = positive(b, x);
    return add(b, scaled(b, mask, gamma), multiply(b, from(b, 1, mask), shifted(b, y, alpha * gamma)));
  }),
  Celu: elementwise((b, x) => b.emit('Exp', [b.emit('Min', [scaled(b, x, 1 / b.node.float('alpha', 1)), b.number(0)])])),
  Softplus: elementwise((b, x) => b.emit('Sigmoid', [x])),
  // y = x / (1 + |x|), y' = (1 − |y|)²
  Softsign: elementwise((b, _x, y) => {
    const rest = from(b, 1, b.emit('Abs', [y]));
    return multiply(b, rest, rest);
  }),
  ThresholdedRelu: elementwise((b, x) => above(b, x, b.node.float('alpha', 1))),
  Shrink: elementwise((b, x) => above(b, b.emit('Abs', [x]), b.node.float('lambd', 0.5))),
  Mish: elementwise((b, x) => {
    const tanh = b.emit('Tanh', [b.emit('Softplus', [x])]);
    return productSlope(b, x, tanh, multiply(b, tanhSlope(b, tanh), b.emit('Sigmoid', [x])));
  }),
  Gelu: elementwise((b, x) => (b.node.string('approximate', 'none') === 'tanh' ? fastGeluSlope(b, x) : geluSlope(b, x))),
  BiasGelu: withBias(geluSlope),
  FastGelu: withBias(fastGeluSlope),
  QuickGelu: swish((b) => b.node.float('alpha', 1.702)),
  Swish: swish((b) => b.node.float('alpha', 1)),
  Clip: clip,
};

function numberOf(b: Backward, input: number): number | undefined {
  const value = b.constant(input)?.typed()[0];
  return value === undefined ? undefined : Number(value);
}
