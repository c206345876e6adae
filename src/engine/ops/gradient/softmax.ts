import { multiply } from './arithmetic.ts';
import type { Backward, GradientRule } from './rule.ts';

const summed = (b: Backward, value: string, axis: number): string => b.emit('ReduceSum', [value, b.indices([axis])], { keepdims: 1 });

/** y (dy − Σ dy·y) */
const softmax: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const y = b.output();
  return [multiply(b, y, b.emit('Sub', [dy, summed(b, multiply(b, dy, y), b.node.int('axis', -1))]))];
};

/** dy − exp(y) Σ dy */
const logSoftmax: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  return [b.emit('Sub', [dy, multiply(b, b.emit('Exp', [b.output()]), summed(b, dy, b.node.int('axis', -1)))])];
};

export const softmaxGradients: Readonly<Record<string, GradientRule>> = { Softmax: softmax, LogSoftmax: logSoftmax };
