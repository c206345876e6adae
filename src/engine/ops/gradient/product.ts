import { floatAttribute } from '../../onnx/graph.ts';
import { LatheError } from '../../base/errors.ts';
import { reshape, scaled, sumTo } from './arithmetic.ts';
import type { Backward, GradientRule } from './rule.ts';

/** The last two axes swapped. */
function turned(b: Backward, value: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return b.emit('Transpose', [value], { perm });
}

/**
 * Y = A·B: dA = dY·Bᵀ, dB = Aᵀ·dY, summed over axes that were broadcast. A vector counts as a matrix of one row or column. A weight matrix under a stack of
 * activations takes one product over all of them instead of one for each.
 */
const matmul: GradientRule = (b) => {
  const incoming = b.incoming();
  if (incoming === undefined) return [];
  const [left, right] = [b.inputShape(0), b.inputShape(1)];
  const a = left.length === 1 ? [1, ...left] : left;
  const c = right.length === 1 ? [...right, 1] : right;
  const rows = a.at(-2)!;
  const columns = c.at(-1)!;
  const stack = stacked(a.slice(0, -2), c.slice(0, -2));
  const dy = reshape(b, incoming, [...stack, rows, columns]);
  const [A, B] = [reshapedTo(b, b.input(0), left, a), reshapedTo(b, b.input(1), right, c)];
  const dA = (): string => b.emit('MatMul', [dy, turned(b, B, c.length)]);
  const dB = (): string => {
    if (c.length > 2 || a.length === 2) return b.emit('MatMul', [turned(b, A, a.length), dy]);
    const all = stack.reduce((product, dim) => product * dim, rows);
    return b.emit('MatMul', [turned(b, reshape(b, A, [all, a.at(-1)!]), 2), reshape(b, dy, [all, columns])]);
  };
  const fitted = (value: string, shape: readonly number[], original: readonly number[]): string =>
    reshapedTo(b, sumTo(b, value, [...stack, ...shape.slice(-2)], shape), shape, original);
  return [
    b.wants(0) ? fitted(dA(), a, left) : undefined,
    b.wants(1) ? (c.length === 2 ? reshapedTo(b, dB(), c, right) : fitted(dB(), c, right)) : undefined,
  ];
};

const reshapedTo = (b: Backward, value: string, from: readonly number[], to: readonly number[]): string =>
  from.length === to.length ? value : reshape(b, value, to);

function stacked(a: readonly number[], c: readonly number[]): number[] {
  const rank = Math.max(a.length, c.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, c[axis - rank + c.length] ?? 1];
    return x === 1 ? y : x;
  });
}

/** Y = α·A'·B' + β·C with A', B' turned where transA, transB say so. */
const gemm: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const [alpha, beta] = [b.node.float('alpha', 1), b.node.float('beta', 1)];
  const [turnA, turnB] = [b.node.int('transA', 0), b.node.int('transB', 0)];
  const product = (x: string, turnX: number, y: string, turnY: number): string =>
    b.emit('Gemm', [x, y], { transA: turnX, transB: turnY, alpha: floatAttribute(alpha) });
  const dA = (): string => (turnA ? product(b.input(1), turnB, dy, 1) : product(dy, 0, b.input(1), 1 - turnB));
  const dB = (): string => (turnB ? product(dy, 1, b.input(0), turnA) : product(b.input(0), 1 - turnA, dy, 0));
  const biased = b.input(2) !== '' && b.wants(2);
  return [
    b.wants(0) ? dA() : undefined,
    b.wants(1) ? dB() : undefined,
    biased ? scaled(b, sumTo(b, dy, b.outputShape(), b.inputShape(2)), beta) : undefined,
  ];
};

/**
 * Explicit form without repeated letters in one operand: the gradient of an operand is the Einsum of the incoming gradient with all others, to that
 * operand's letters; letters that only this operand has are repeated back.
 */
const einsum: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const equation = b.node.string('equation', '').replaceAll(' ', '');
  const [inputs, output] = lettersOf(equation);
  if (equation.includes('.') || inputs.some((term) => new Set(term).size !== term.length)) {
    const hint = 'Freeze what lies before this node.';
    throw new LatheError('training.no-gradient', `Einsum ${equation} has no gradient here`, { node: b.node.label, hint });
  }
  return inputs.map((term, index) => {
    if (!b.wants(index)) return undefined;
    const others = inputs.flatMap((letters, i) => (i === index ? [] : [{ letters, value: b.input(i) }]));
    const sources = [{ letters: output, value: dy }, ...others];
    const reached = [...term].filter((letter) => sources.some(({ letters }) => letters.includes(letter))).join('');
    const made = b.emit(
      'Einsum',
      sources.map(({ value }) => value),
      { equation: `${sources.map(({ letters }) => letters).join(',')}->${reached}` },
    );
    if (reached === term) return made;
    const shape = b.inputShape(index);
    const ones = [...term].map((letter, axis) => (reached.includes(letter) ? shape[axis]! : 1));
    return b.emit('Expand', [reshape(b, made, ones), b.indices(shape)]);
  });
};

/** Without an arrow the output has the letters that stand once, in alphabetical order (ONNX Einsum-12). */
function lettersOf(equation: string): [inputs: string[], output: string] {
  const [left = '', right] = equation.split('->');
  const inputs = left.split(',');
  if (right !== undefined) return [inputs, right];
  const counts = new Map<string, number>();
  for (const letter of inputs.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [inputs, [...counts].flatMap(([letter, count]) => (count === 1 ? [letter] : [])).sort().join('')]; // prettier-ignore
}

export const productGradients: Readonly<Record<string, GradientRule>> = { MatMul: matmul, Gemm: gemm, Einsum: einsum };
