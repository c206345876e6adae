import { floatAttribute } from '../../onnx/graph.ts';
import type { Backward, GradientRule } from './rule.ts';

/** Sum, difference, product … of values of one backward pass; short words for what rules write again and again. */
export const add = (b: Backward, x: string, y: string): string => b.emit('Add', [x, y]);
export const subtract = (b: Backward, x: string, y: string): string => b.emit('Sub', [x, y]);
export const multiply = (b: Backward, x: string, y: string): string => b.emit('Mul', [x, y]);
export const divide = (b: Backward, x: string, y: string): string => b.emit('Div', [x, y]);
export const scaled = (b: Backward, x: string, by: number): string => (by === 1 ? x : b.emit('Mul', [x, b.number(by)]));
export const shifted = (b: Backward, x: string, by: number): string => b.emit('Add', [x, b.number(by)]);
/** by − x */
export const from = (b: Backward, by: number, x: string): string => b.emit('Sub', [b.number(by), x]);

/** Steeper than any difference of two floats that matters, and a power of two: the products below are exact. */
const steep = 2 ** 90;

/** Limits that stay finite times `steep`. */
const mostLimit = 2 ** 30;

/** 1 where x > 0, else 0: a hard step as one cheap, threaded operator. It costs a fifth of Cast(Greater), measured on ONNX Runtime 1.30. */
export const positive = (b: Backward, x: string): string => step(b, x, 1, 0);

/** 1 where sign · (x − limit) > 0, else 0; exactly, since a power of two changes no digits. */
function step(b: Backward, x: string, sign: 1 | -1, limit: number): string {
  if (Math.abs(limit) > mostLimit) return step(b, shifted(b, x, -limit), sign, 0);
  return b.emit('HardSigmoid', [x], { alpha: floatAttribute(sign * steep), beta: floatAttribute(-sign * Math.fround(limit) * steep) });
}

/** 1 where x < limit, else 0. */
export const below = (b: Backward, x: string, limit: number): string => step(b, x, -1, limit);

/** 1 where x > limit, else 0. */
export const above = (b: Backward, x: string, limit: number): string => step(b, x, 1, limit);

/** Sums a gradient over the axes along which an operand of this shape was repeated (ONNX broadcasting). */
export function sumTo(b: Backward, gradient: string, from: readonly number[], to: readonly number[]): string {
  if (from.length === to.length && from.every((dim, axis) => dim === to[axis])) return gradient;
  const lead = from.length - to.length;
  const axes = from.flatMap((dim, axis) => (axis < lead || (to[axis - lead] === 1 && dim !== 1) ? [axis] : []));
  const summed = axes.length ? b.emit('ReduceSum', [gradient, b.indices(axes)], { keepdims: 1 }) : gradient;
  return lead > 0 ? reshape(b, summed, to) : summed;
}

export const reshape = (b: Backward, value: string, shape: readonly number[]): string =>
  b.emit('Reshape', [value, b.indices(shape)], shape.includes(0) ? { allowzero: 1 } : {});

/** Of a function of one element: dx = dy · f'(x, y). `slope` returns the name of f', or undefined for 1. */
export const elementwise =
  (slope: (b: Backward, x: string, y: string) => string | undefined): GradientRule =>
  (b) => {
    const dy = b.incoming();
    if (dy === undefined) return [];
    const factor = slope(b, b.input(0), b.output());
    return [factor === undefined ? dy : multiply(b, dy, factor)];
  };

/** Steps and roundings: flat wherever they have a slope. */
export const flat: GradientRule = () => [];

/** The gradient goes on unchanged, in the input's shape. */
export const passedOn: GradientRule = (b) => {
  const dy = b.incoming();
  return dy === undefined ? [] : [dy];
};

/** Reshape, Flatten, Squeeze, Unsqueeze: the same elements in the input's shape. */
export const reshaped: GradientRule = (b) => {
  const dy = b.incoming();
  return dy === undefined ? [] : [reshape(b, dy, b.inputShape(0))];
};
