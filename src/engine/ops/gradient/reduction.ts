import { divide, multiply, reshape, scaled } from './arithmetic.ts';
import { settled } from './movement.ts';
import type { Backward, GradientRule } from './rule.ts';

/** Axes that a node reduces (input 1, none: all), ascending. */
function reducedAxes(b: Backward): number[] {
  const rank = b.inputShape(0).length;
  const given = b.input(1) ? settled(b, 1, 'axes') : [];
  if (given.length === 0) return b.node.int('noop_with_empty_axes', 0) ? [] : Array.from({ length: rank }, (_, axis) => axis);
  return given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((x, y) => x - y);
}

/** A reduction's rule: `spread` gets gradient and result with the reduced axes as ones, so that both broadcast against the input. */
const reduction =
  (spread: (b: Backward, dy: string, y: string, count: number) => string): GradientRule =>
  (b) => {
    const dy = b.incoming();
    if (dy === undefined) return [];
    const shape = b.inputShape(0);
    const axes = new Set(reducedAxes(b));
    const kept = shape.map((dim, axis) => (axes.has(axis) ? 1 : dim));
    const count = shape.reduce((product, dim, axis) => product * (axes.has(axis) ? dim : 1), 1);
    return [spread(b, reshape(b, dy, kept), reshape(b, b.output(), kept), count)];
  };

const spreadOut = (b: Backward, value: string): string => b.emit('Expand', [value, b.indices(b.inputShape(0))]);

/** To the elements that equal the extreme; where several do, in equal parts. */
const extreme = reduction((b, dy, y) => {
  const won = b.emit('Cast', [b.emit('Equal', [b.input(0), y])], { to: 1 });
  const winners = b.emit('ReduceSum', [won, b.indices(reducedAxes(b))], { keepdims: 1 });
  return multiply(b, won, divide(b, dy, winners));
});

export const reductionGradients: Readonly<Record<string, GradientRule>> = {
  ReduceSum: reduction((b, dy) => spreadOut(b, dy)),
  ReduceMean: reduction((b, dy, _y, count) => spreadOut(b, scaled(b, dy, 1 / count))),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceProd: reduction((b, dy, y) => divide(b, multiply(b, dy, y), b.input(0))),
  ReduceL1: reduction((b, dy) => multiply(b, dy, b.emit('Sign', [b.input(0)]))),
  ReduceL2: reduction((b, dy, y) => multiply(b, b.input(0), divide(b, dy, y))),
  ReduceSumSquare: reduction((b, dy) => multiply(b, b.input(0), scaled(b, dy, 2))),
  ReduceLogSum: reduction((b, dy, y) => spreadOut(b, divide(b, dy, b.emit('Exp', [y])))),
  ReduceLogSumExp: reduction((b, dy, y) => multiply(b, dy, b.emit('Exp', [b.emit('Sub', [b.input(0), y])]))),
};
