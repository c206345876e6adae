import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { addDims, formatShape } from './shape/dims.ts';
import { elementReader, elementsBy } from './shape/elements.ts';
import { agree, allInputs, commonType, normalAxis, shapeAt, shapeError, tensorOf } from './shape/operand.ts';

/** Sizes add up along `axis`; all other axes agree. Undefined when no rank is known. `indices` are the inputs that are joined. */
export function concatShape(context: InferenceContext, indices: readonly number[], axis: number): Dim[] | undefined {
  const { node } = context;
  const shapes = indices.map((index) => shapeAt(context, index));
  const first = shapes.find((shape) => shape !== undefined);
  if (!first) return undefined;
  const along = normalAxis(node, axis, first.length);
  const joined: Dim[] = first.map((dim, at) => (at === along ? 0 : dim));
  for (const shape of shapes) {
    if (shape && shape.length !== first.length) throw shapeError(node, `joins ${formatShape(first)} with ${formatShape(shape)}`);
    for (const at of joined.keys()) {
      const dim = shape?.[at] ?? null;
      joined[at] = at === along ? addDims(joined[at]!, dim) : agree(node, `axis ${at}`, joined[at]!, dim);
    }
  }
  return joined;
}

/** Elements where every part has some; parts of unknown elements but fixed shape leave nulls. */
function concatElements(context: InferenceContext, shape: readonly Dim[] | undefined, axis: number): readonly Dim[] | undefined {
  const parts = allInputs(context).map((index) => ({ size: shapeAt(context, index)?.[axis], read: elementReader(context.input(index)) }));
  if (!shape || !parts.some((part) => part.read)) return undefined;
  return elementsBy(shape, (position) => {
    const inner = [...position];
    for (const { size, read } of parts) {
      if (typeof size !== 'number') return null;
      if (inner[axis]! < size) return read ? read(inner) : null;
      inner[axis]! -= size;
    }
    return null;
  });
}

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Concat',
    since: 1,
    summary: 'Joins tensors along one axis.',
    quantize: { kind: 'joined', inputs: 'all' },
    infer(context) {
      const axis = context.node.int('axis', context.opset < 4 ? 1 : undefined!);
      if (axis === undefined) throw shapeError(context.node, 'has no axis');
      const shape = concatShape(context, allInputs(context), axis);
      const elements = concatElements(context, shape, shape && axis < 0 ? axis + shape.length : axis);
      return [tensorOf(commonType(context, allInputs(context)), shape, elements)];
    },
  },
]);
