import { add, divide, elementwise, flat, from, multiply, scaled, shifted } from './arithmetic.ts';
import type { Backward, GradientRule } from './rule.ts';

const square = (b: Backward, x: string): string => multiply(b, x, x);
const reciprocal = (b: Backward, x: string): string => b.emit('Reciprocal', [x]);
const root = (b: Backward, x: string): string => b.emit('Sqrt', [x]);

/** Slopes of functions of one element, by operator. */
export const unaryGradients: Readonly<Record<string, GradientRule>> = {
  Abs: elementwise((b, x) => b.emit('Sign', [x])),
  Neg: elementwise((b) => b.number(-1)),
  Ceil: flat,
  Floor: flat,
  Round: flat,
  Sign: flat,
  Sqrt: elementwise((b, _x, y) => divide(b, b.number(0.5), y)),
  Reciprocal: elementwise((b, _x, y) => b.emit('Neg', [square(b, y)])),
  Exp: elementwise((_b, _x, y) => y),
  Log: elementwise((b, x) => reciprocal(b, x)),
  // d/dx erf(x) = 2/√π · exp(−x²)
  Erf: elementwise((b, x) => scaled(b, b.emit('Exp', [b.emit('Neg', [square(b, x)])]), 2 / Math.sqrt(Math.PI))),
  Sin: elementwise((b, x) => b.emit('Cos', [x])),
  Cos: elementwise((b, x) => b.emit('Neg', [b.emit('Sin', [x])])),
  Tan: elementwise((b, _x, y) => shifted(b, square(b, y), 1)),
  Asin: elementwise((b, x) => reciprocal(b, root(b, from(b, 1, square(b, x))))),
  Acos: elementwise((b, x) => b.emit('Neg', [reciprocal(b, root(b, from(b, 1, square(b, x))))])),
  Atan: elementwise((b, x) => reciprocal(b, shifted(b, square(b, x), 1))),
  Sinh: elementwise((b, x) => b.emit('Cosh', [x])),
  Cosh: elementwise((b, x) => b.emit('Sinh', [x])),
  Asinh: elementwise((b, x) => reciprocal(b, root(b, shifted(b, square(b, x), 1)))),
  Acosh: elementwise((b, x) => reciprocal(b, root(b, shifted(b, square(b, x), -1)))),
  Atanh: elementwise((b, x) => reciprocal(b, from(b, 1, square(b, x)))),
};

/** tanh'(u) = 1 − tanh²(u), given tanh(u). */
export const tanhSlope = (b: Backward, tanh: string): string => from(b, 1, square(b, tanh));

/** σ'(u) = σ (1 − σ), given σ(u). */
export const sigmoidSlope = (b: Backward, sigmoid: string): string => multiply(b, sigmoid, from(b, 1, sigmoid));

/** Slope of x · g(x): g + x · g'. */
export const productSlope = (b: Backward, x: string, g: string, slope: string): string => add(b, g, multiply(b, x, slope));
