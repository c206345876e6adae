import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { formatShape, productOf } from './shape/dims.ts';
import { normalAxis, numbersAt, shapeAt, shapeError } from './shape/operand.ts';
import { reshaped } from './shape/rules.ts';
import { movesElements } from './shape/roles.ts';

/** What is left of a product of dimensions once equal factors on both sides are crossed out; null when it is not a plain quotient. */
function quotient(whole: readonly Dim[], parts: readonly Dim[]): { over: Dim[]; under: Dim[] } {
  const over = [...whole];
  const under: Dim[] = [];
  for (const part of parts) {
    const at = typeof part === 'string' ? over.indexOf(part) : -1;
    if (at >= 0) over.splice(at, 1);
    else under.push(part);
  }
  return { over, under };
}

/** The size behind -1: all elements divided by the other dimensions; a lone name survives. */
function inferredDim(node: Node, input: readonly Dim[], others: readonly Dim[]): Dim {
  if (productOf(others) === 0) throw shapeError(node, `cannot infer -1 beside a dimension of size 0`);
  const { over, under } = quotient(input, others);
  const divisor = productOf(under);
  const symbols = over.filter((dim) => typeof dim !== 'number');
  const numbers = productOf(over.filter((dim) => typeof dim === 'number'));
  if (divisor === null || numbers === null) return null;
  if (symbols.length === 0) {
    if (numbers % divisor !== 0) throw shapeError(node, `cannot divide ${formatShape(input)} into [${others.join(',')},-1]`);
    return numbers / divisor;
  }
  return symbols.length === 1 && numbers === divisor ? symbols[0]! : null;
}

/**
 * Shape named by `target` for `input` (Reshape-1 to -24): 0 copies the input's dimension (unless `allowZero`), one -1 takes what is left.
 * Throws `model.shape` when the number of elements would change.
 */
export function reshapeTo(node: Node, input: readonly Dim[] | undefined, target: readonly Dim[], allowZero: boolean): Dim[] {
  const copied = target.map((dim, axis) => {
    if (dim !== 0 || allowZero) return dim;
    if (input && axis >= input.length) throw shapeError(node, `copies dimension ${axis} of ${formatShape(input)}`);
    return input?.[axis] ?? null;
  });
  if (copied.some((dim) => typeof dim === 'number' && dim < -1)) throw shapeError(node, `has target shape ${formatShape(target)}`);
  const open = copied.filter((dim) => dim === -1).length;
  if (open > 1) throw shapeError(node, `has more than one -1 in its target shape ${formatShape(target)}`);
  if (!input) return copied.map((dim) => (dim === -1 ? null : dim));
  const others = copied.filter((dim) => dim !== -1);
  if (open === 1) return copied.map((dim) => (dim === -1 ? inferredDim(node, input, others) : dim));
  const [before, after] = [productOf(input), productOf(copied)];
  if (before !== null && after !== null && before !== after) {
    throw shapeError(node, `cannot turn ${formatShape(input)} (${before} elements) into ${formatShape(copied)} (${after} elements)`);
  }
  return solveOneUnknown(input, copied);
}

/** A single unknown dimension of the target follows from the number of elements; a symbol that may itself be 0 or -1 stays. */
function solveOneUnknown(input: readonly Dim[], target: Dim[]): Dim[] {
  const total = productOf(input);
  const unknown = target.filter((dim) => dim === null);
  const known = productOf(target.filter((dim) => dim !== null));
  if (total === null || unknown.length !== 1 || !known || total % known !== 0) return target;
  return target.map((dim) => dim ?? total / known);
}

/** Target from the second input (opset 5): elements, or at least how many there are. */
function fromInput(context: InferenceContext): readonly Dim[] | undefined {
  const target = context.input(1);
  if (target?.elements) return reshapeTo(context.node, shapeAt(context, 0), target.elements, context.node.int('allowzero', 0) !== 0);
  const rank = target?.shape?.length === 1 ? target.shape[0] : undefined;
  return typeof rank === 'number' && rank <= 64 ? Array<Dim>(rank).fill(null) : undefined;
}

/** Flatten: everything before `axis` into rows, the rest into columns. */
function flattened(node: Node, input: readonly Dim[], axis: number): Dim[] {
  if (axis < -input.length || axis > input.length) throw shapeError(node, `has axis ${axis} for ${formatShape(input)}`);
  const split = axis < 0 ? axis + input.length : axis;
  const collapse = (dims: readonly Dim[]): Dim => {
    const free = dims.filter((dim) => dim !== 1);
    return free.length === 1 ? free[0]! : productOf(dims);
  };
  return [collapse(input.slice(0, split)), collapse(input.slice(split))];
}

/** Operators that keep the elements in order under a new shape. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Reshape',
    since: 1,
    until: 4,
    summary: 'The same elements under another shape.',
    view: true,
    quantize: movesElements,
    infer: (context) => reshaped(context, reshapeTo(context.node, shapeAt(context, 0), context.node.ints('shape') ?? [], false)),
  },
  {
    op: 'Reshape',
    since: 5,
    summary: 'The same elements under another shape.',
    view: true,
    quantize: movesElements,
    infer: (context) => reshaped(context, fromInput(context)),
  },
  {
    op: 'Flatten',
    since: 1,
    summary: 'The same elements as a matrix.',
    view: true,
    quantize: movesElements,
    infer(context) {
      const input = shapeAt(context, 0);
      return reshaped(context, input ? flattened(context.node, input, context.node.int('axis', 1)) : [null, null]);
    },
  },
  {
    op: 'Squeeze',
    since: 1,
    summary: 'Drops axes of size 1.',
    view: true,
    quantize: movesElements,
    infer: (context) => reshaped(context, squeezed(context)),
  },
  {
    op: 'Unsqueeze',
    since: 1,
    summary: 'Inserts axes of size 1.',
    view: true,
    quantize: movesElements,
    infer: (context) => reshaped(context, unsqueezed(context)),
  },
]);

/** Axes: an attribute before opset 13, the second input since; undefined: not known; 'none': not given. */
function axesOf(context: InferenceContext): readonly number[] | 'none' | undefined {
  if (context.opset < 13) return context.node.ints('axes') ?? 'none';
  return (context.node.inputs[1] ?? '') === '' ? 'none' : numbersAt(context, 1);
}

function squeezed(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  const input = shapeAt(context, 0);
  const axes = axesOf(context);
  if (!input || axes === undefined) return undefined;
  if (axes === 'none') return input.every((dim) => typeof dim === 'number') ? input.filter((dim) => dim !== 1) : undefined;
  const dropped = new Set(axes.map((axis) => normalAxis(node, axis, input.length)));
  for (const axis of dropped) {
    const dim = input[axis]!;
    if (typeof dim === 'number' && dim !== 1) throw shapeError(node, `drops axis ${axis} of ${formatShape(input)}; expected size 1`);
  }
  return input.filter((_, axis) => !dropped.has(axis));
}

function unsqueezed(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  const input = shapeAt(context, 0);
  const axes = axesOf(context);
  if (axes === 'none') throw shapeError(node, 'has no axes');
  if (!input || !axes) return undefined;
  const rank = input.length + axes.length;
  const inserted = new Set(axes.map((axis) => normalAxis(node, axis, rank)));
  if (inserted.size < axes.length) throw shapeError(node, `names an axis twice in [${axes.join(',')}]`);
  const rest = input[Symbol.iterator]();
  return Array.from({ length: rank }, (_, axis) => (inserted.has(axis) ? 1 : (rest.next().value as Dim)));
}
