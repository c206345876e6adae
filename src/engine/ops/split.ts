import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { elementReader, elementsBy } from './shape/elements.ts';
import { formatShape } from './shape/dims.ts';
import { hasInput, normalAxis, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

/** Parts of equal size; opset 18 lets the last one be smaller. */
function equalParts(context: InferenceContext, size: Dim, count: number): Dim[] {
  if (typeof size !== 'number') return Array<Dim>(count).fill(null);
  if (size % count === 0) return Array<Dim>(count).fill(size / count);
  if (context.opset < 18) throw shapeError(context.node, `cannot split ${size} into ${count} equal parts`);
  const each = Math.ceil(size / count);
  return [...Array<Dim>(count - 1).fill(each), size - each * (count - 1)];
}

function splitInto(context: InferenceContext, parts: readonly Dim[] | undefined): (Inferred | undefined)[] {
  const { node } = context;
  const input = shapeAt(context, 0);
  const type = typeAt(context, 0);
  const count = node.outputs.length;
  if (!input) return node.outputs.map(() => tensorOf(type));
  const axis = normalAxis(node, node.int('axis', 0), input.length);
  const size = input[axis]!;
  const sizes = parts ?? equalParts(context, size, count);
  const total = sizes.reduce<number | null>((sum, part) => (sum !== null && typeof part === 'number' ? sum + part : null), 0);
  if (sizes.length !== count || (total !== null && typeof size === 'number' && total !== size)) {
    throw shapeError(node, `splits axis ${axis} of ${formatShape(input)} into [${sizes.join(',')}] for ${count} outputs`);
  }
  const read = elementReader(context.input(0));
  let start: number | null = 0;
  return sizes.map((part) => {
    const shape = input.map((dim, at) => (at === axis ? part : dim));
    const from: number | null = start;
    start = start !== null && typeof part === 'number' ? start + part : null;
    const elements =
      read && from !== null ? elementsBy(shape, (position) => read(position.map((at, i) => (i === axis ? at + from : at)))) : undefined;
    return tensorOf(type, shape, elements);
  });
}

const summary = 'Cuts a tensor into parts along one axis.';
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Split',
    since: 1,
    until: 12,
    summary,
    quantize: movesElements,
    infer: (context) => splitInto(context, context.node.ints('split')),
  },
  {
    op: 'Split',
    since: 13,
    summary,
    quantize: movesElements,
    infer(context) {
      if (!hasInput(context, 1)) return splitInto(context, undefined);
      const unknown = context.node.outputs.map(() => null);
      return splitInto(context, context.input(1)?.elements ?? unknown);
    },
  },
]);
