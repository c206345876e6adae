import { divide, multiply, scaled, sumTo } from './arithmetic.ts';
import type { Backward, GradientRule } from './rule.ts';

/** Of a function of two tensors with broadcasting: each side's gradient before it is summed to that side's shape. */
const broadcast =
  (...sides: ((b: Backward, dy: string) => string)[]): GradientRule =>
  (b) => {
    const dy = b.incoming();
    if (dy === undefined) return [];
    return sides.map((side, index) => (b.wants(index) ? sumTo(b, side(b, dy), b.outputShape(), b.inputShape(index)) : undefined));
  };

/** x^p: p · x^(p−1) · dy, and ln x · y · dy. Squares, by far the most frequent, as a product. */
const pow = broadcast(
  (b, dy) => {
    const exponent = b.constant(1);
    if (exponent?.size === 1) {
      const p = Number(exponent.typed()[0]);
      if (p === 2) return multiply(b, dy, scaled(b, b.input(0), 2));
      return multiply(b, dy, scaled(b, b.emit('Pow', [b.input(0), b.number(p - 1)]), p));
    }
    const reduced = b.emit('Pow', [b.input(0), b.emit('Sub', [b.input(1), b.number(1)])]);
    return multiply(b, dy, multiply(b, b.input(1), reduced));
  },
  (b, dy) => multiply(b, dy, multiply(b, b.output(), b.emit('Log', [b.input(0)]))),
);

/** The gradient goes to the operands that equal the result; where several do, each gets all of it but the later ones get none. */
const extreme: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  let left = dy;
  return b.node.inputs.map((_, index) => {
    if (index === b.node.inputs.length - 1) return sumTo(b, left, b.outputShape(), b.inputShape(index));
    const won = b.emit('Cast', [b.emit('Equal', [b.input(index), b.output()])], { to: 1 });
    const mine = multiply(b, left, won);
    left = b.emit('Sub', [left, mine]);
    return b.wants(index) ? sumTo(b, mine, b.outputShape(), b.inputShape(index)) : undefined;
  });
};

const sum =
  (weight: (b: Backward) => number): GradientRule =>
  (b) => {
    const dy = b.incoming();
    if (dy === undefined) return [];
    const each = scaled(b, dy, weight(b));
    return b.node.inputs.map((_, index) => (b.wants(index) ? sumTo(b, each, b.outputShape(), b.inputShape(index)) : undefined));
  };

/** Takes the gradient where its branch was taken; the condition has none. */
const where: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const zero = b.number(0);
  const taken = (index: number): string | undefined => {
    if (!b.wants(index)) return undefined;
    const mine = b.emit('Where', index === 1 ? [b.input(0), dy, zero] : [b.input(0), zero, dy]);
    return sumTo(b, mine, b.outputShape(), b.inputShape(index));
  };
  return [undefined, taken(1), taken(2)];
};

/** Mod with fmod: x − trunc(x / y) · y. */
const mod = broadcast(
  (_b, dy) => dy,
  (b, dy) => {
    const quotient = divide(b, b.emit('Sub', [b.input(0), b.output()]), b.input(1));
    return b.emit('Neg', [multiply(b, dy, quotient)]);
  },
);

export const binaryGradients: Readonly<Record<string, GradientRule>> = {
  Add: sum(() => 1),
  Sub: broadcast(
    (_b, dy) => dy,
    (b, dy) => b.emit('Neg', [dy]),
  ),
  Mul: broadcast(
    (b, dy) => multiply(b, dy, b.input(1)),
    (b, dy) => multiply(b, dy, b.input(0)),
  ),
  Div: broadcast(
    (b, dy) => divide(b, dy, b.input(1)),
    (b, dy) => b.emit('Neg', [divide(b, multiply(b, dy, b.output()), b.input(1))]),
  ),
  Pow: pow,
  Mod: mod,
  Sum: sum(() => 1),
  Mean: sum((b) => 1 / b.node.inputs.length),
  Max: extreme,
  Min: extreme,
  Where: where,
};
