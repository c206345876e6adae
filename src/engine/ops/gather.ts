import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, Inferred, OperatorRecord } from './record.ts';
import { formatShape } from './shape/dims.ts';
import { elementReader, elementsBy } from './shape/elements.ts';
import { agree, normalAxis, rankedAtLeast, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements, noIntegerKernel } from './shape/roles.ts';

/** Gather-1 to -13: axis `axis` is replaced by the indices' axes. Negative indices count from the end. */
function gather(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const [data, indices] = [rankedAtLeast(context, 0, 1), shapeAt(context, 1)];
  const type = typeAt(context, 0);
  if (!data || !indices) return [tensorOf(type)];
  const axis = normalAxis(node, node.int('axis', 0), data.length);
  const size = data[axis]!;
  const shape = [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
  const picks = context.input(1)?.elements;
  const outside = picks?.find((pick) => typeof pick === 'number' && typeof size === 'number' && (pick < -size || pick >= size));
  if (outside !== undefined) throw shapeError(node, `takes index ${outside} of axis ${axis} of ${formatShape(data)}`);
  const [read, pick] = [elementReader(context.input(0)), elementReader(context.input(1))];
  const elements =
    read &&
    pick &&
    elementsBy(shape, (position) => {
      const index = pick(position.slice(axis, axis + indices.length));
      if (typeof index !== 'number') return null;
      const wrapped = index < 0 ? index + (size as number) : index;
      return read([...position.slice(0, axis), wrapped, ...position.slice(axis + indices.length)]);
    });
  return [tensorOf(type, shape, elements)];
}

/** GatherND-11: the last axis of the indices names positions in the data behind `batch_dims` axes. */
function gatherNd(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const [data, indices] = [rankedAtLeast(context, 0, 1), rankedAtLeast(context, 1, 1)];
  const type = typeAt(context, 0);
  const depth = indices?.at(-1);
  if (!data || !indices || typeof depth !== 'number') return [tensorOf(type)];
  const batch = node.int('batch_dims', 0);
  if (batch < 0 || batch >= indices.length || batch + depth > data.length) {
    throw shapeError(node, `has indices ${formatShape(indices)} and batch_dims ${batch} for data ${formatShape(data)}`);
  }
  const lead: Dim[] = indices.slice(0, batch).map((dim, axis) => agree(node, `batch axis ${axis}`, dim, data[axis]!));
  return [tensorOf(type, [...lead, ...indices.slice(batch, -1), ...data.slice(batch + depth)])];
}

/** Picks elements by index. */
export const records: readonly OperatorRecord[] = withGradients([
  { op: 'Gather', since: 1, summary: 'Picks slices by index along one axis.', quantize: movesElements, infer: gather },
  {
    op: 'GatherElements',
    since: 11,
    summary: 'Picks single elements by index along one axis.',
    quantize: movesElements,
    infer(context) {
      const [data, indices] = [shapeAt(context, 0), shapeAt(context, 1)];
      if (data && indices && data.length !== indices.length) {
        throw shapeError(context.node, `has indices of rank ${indices.length} for data of rank ${data.length}`);
      }
      if (data) normalAxis(context.node, context.node.int('axis', 0), data.length);
      return [tensorOf(typeAt(context, 0), indices)];
    },
  },
  { op: 'GatherND', since: 11, summary: 'Picks slices by position.', quantize: noIntegerKernel('GatherND'), infer: gatherNd },
]);
