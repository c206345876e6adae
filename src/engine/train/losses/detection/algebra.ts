import { DataType } from '../../../onnx/data-type.ts';
import type { LossSite } from '../loss.ts';

/** A value of the graph, or a number. */
export type Operand = string | number;

/** Arithmetic of a loss: short words for what losses of boxes write again and again. Shapes broadcast. */
export class Algebra {
  constructor(readonly site: LossSite) {}

  readonly add = (...terms: readonly [Operand, ...Operand[]]): string => this.#fold('Add', terms);
  readonly subtract = (a: Operand, b: Operand): string => this.#two('Sub', a, b);
  readonly multiply = (...factors: readonly [Operand, ...Operand[]]): string => this.#fold('Mul', factors);
  readonly divide = (a: Operand, b: Operand): string => this.#two('Div', a, b);
  readonly least = (a: Operand, b: Operand): string => this.#two('Min', a, b);
  readonly most = (a: Operand, b: Operand): string => this.#two('Max', a, b);
  readonly square = (a: string): string => this.#two('Mul', a, a);
  readonly power = (a: string, exponent: number): string => this.#two('Pow', a, exponent);
  readonly root = (a: string): string => this.site.emit('Sqrt', [a]);
  readonly log = (a: string): string => this.site.emit('Log', [a]);
  readonly exp = (a: string): string => this.site.emit('Exp', [a]);
  readonly abs = (a: string): string => this.site.emit('Abs', [a]);
  readonly negative = (a: string): string => this.site.emit('Neg', [a]);
  readonly sigmoid = (a: string): string => this.site.emit('Sigmoid', [a]);
  readonly softplus = (a: string): string => this.site.emit('Softplus', [a]);
  readonly clip = (a: string, low: number, high: number): string =>
    this.site.emit('Clip', [a, this.site.number(low), this.site.number(high)]);

  /** 1 where a < b, else 0. No gradient. */
  readonly isLess = (a: Operand, b: Operand): string => this.float(this.#two('Less', a, b));
  /** 1 where a ≤ b, else 0. No gradient. */
  readonly isAtMost = (a: Operand, b: Operand): string => this.float(this.#two('LessOrEqual', a, b));
  /** `then` where a mask of zeros and ones is 1, `otherwise` where it is 0. */
  readonly where = (mask: string, then: Operand, otherwise: Operand): string =>
    this.site.emit('Where', [this.site.emit('Cast', [mask], { to: DataType.bool }), this.#name(then), this.#name(otherwise)]);

  readonly total = (a: string): string => this.site.emit('ReduceSum', [a], { keepdims: 0 });
  readonly sumOver = (a: string, axis: number): string => this.site.emit('ReduceSum', [a, this.site.indices([axis])], { keepdims: 1 });
  readonly mostOver = (a: string, axis: number): string => this.site.emit('ReduceMax', [a, this.site.indices([axis])], { keepdims: 1 });
  readonly reshape = (a: string, shape: readonly number[]): string => this.site.emit('Reshape', [a, this.site.indices(shape)]);
  readonly join = (parts: readonly string[], axis: number): string =>
    parts.length === 1 ? parts[0]! : this.site.emit('Concat', parts, { axis });
  readonly slice = (a: string, from: number, to: number, axis: number): string =>
    this.site.emit('Slice', [a, this.site.indices([from]), this.site.indices([to]), this.site.indices([axis])]);

  /** The same number everywhere. */
  readonly filled = (shape: readonly number[], value: number): string =>
    this.site.emit('Expand', [this.site.number(value), this.site.indices(shape)]);

  readonly float = (a: string): string => this.site.emit('Cast', [a], { to: DataType.float32 });
  /** A list of int64. */
  readonly integers = (values: readonly number[]): string => this.site.indices(values);

  /** The same numbers, through which no gradient goes: that of a cast to another type ends there (autodiff/path.ts). */
  readonly still = (a: string): string => this.float(this.site.emit('Cast', [a], { to: DataType.float64 }));

  #fold(op: string, [first, ...rest]: readonly [Operand, ...Operand[]]): string {
    return rest.reduce<string>((sum, next) => this.#two(op, sum, next), this.#name(first));
  }

  #two(op: string, a: Operand, b: Operand): string {
    return this.site.emit(op, [this.#name(a), this.#name(b)]);
  }

  #name(operand: Operand): string {
    return typeof operand === 'number' ? this.site.number(operand) : operand;
  }
}
