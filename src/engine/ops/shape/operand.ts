import { LatheError } from '../../base/errors.ts';
import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import type { Dim, Node } from '../../onnx/graph.ts';
import type { Inferred, InferenceContext } from '../record.ts';
import { broadcastDims, formatShape, mergeDims } from './dims.ts';

/** The operands of a node do not fit together: says which node, what was found and what would be right. */
export const shapeError = (node: Node, message: string): LatheError =>
  new LatheError('model.shape', `${node.qualifiedOp} ${message}`, { node: node.label });

const typeError = (node: Node, message: string): LatheError =>
  new LatheError('model.type', `${node.qualifiedOp} ${message}`, { node: node.label });

export const tensorOf = (type: DataType, shape?: readonly Dim[], elements?: readonly Dim[]): Inferred =>
  elements ? { type, shape, elements } : { type, shape };

export const shapeAt = (context: InferenceContext, index: number): readonly Dim[] | undefined => context.input(index)?.shape;

/** Element type of an input, `DataType.undefined` when nothing is known of it. */
export const typeAt = (context: InferenceContext, index: number): DataType => context.input(index)?.type ?? DataType.undefined;

/** True when the node names an input at that place. */
export const hasInput = (context: InferenceContext, index: number): boolean => (context.node.inputs[index] ?? '') !== '';

export const dimAt = (shape: readonly Dim[] | undefined, axis: number): Dim => shape?.[axis] ?? null;

/** All elements of an input as numbers; undefined unless every one is known. */
export function numbersAt(context: InferenceContext, index: number): number[] | undefined {
  const elements = context.input(index)?.elements;
  return elements?.every((element) => typeof element === 'number') ? [...(elements as number[])] : undefined;
}

/** The one element of a scalar (or one-element) input, where known. */
export const scalarAt = (context: InferenceContext, index: number): number | undefined => {
  const numbers = numbersAt(context, index);
  return numbers?.length === 1 ? numbers[0] : undefined;
};

/** Shape of an input whose rank must be exactly `rank`; undefined when the rank is unknown. Throws `model.shape`. */
export function ranked(context: InferenceContext, index: number, rank: number): readonly Dim[] | undefined {
  const shape = shapeAt(context, index);
  if (shape && shape.length !== rank) {
    throw shapeError(context.node, `has an input ${index} of rank ${shape.length}, ${formatShape(shape)}; expected rank ${rank}`);
  }
  return shape;
}

/** Shape of an input that must have at least `rank` dimensions. Throws `model.shape`. */
export function rankedAtLeast(context: InferenceContext, index: number, rank: number): readonly Dim[] | undefined {
  const shape = shapeAt(context, index);
  if (shape && shape.length < rank) {
    throw shapeError(context.node, `has an input ${index} ${formatShape(shape)}; expected at least ${rank} dimensions`);
  }
  return shape;
}

/** `axis` from -rank .. rank-1 to 0 .. rank-1. Throws `model.shape`. */
export function normalAxis(node: Node, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw shapeError(node, `has axis ${axis}, but there are ${rank} dimensions`);
  return axis < 0 ? axis + rank : axis;
}

/** The same for a list of axes, which must not repeat. */
export function normalAxes(node: Node, axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => normalAxis(node, axis, rank));
  if (new Set(normal).size < normal.length) throw shapeError(node, `names an axis twice in [${axes.join(',')}]`);
  return normal;
}

/** The one type that all these inputs must have; unknown ones are passed over. Throws `model.type`. */
export function commonType(context: InferenceContext, indices: readonly number[]): DataType {
  let type: DataType = DataType.undefined;
  for (const index of indices) {
    const next = typeAt(context, index);
    if (next === DataType.undefined) continue;
    if (type !== DataType.undefined && type !== next) {
      throw typeError(context.node, `has inputs of different types: ${dataTypeName(type)} and ${dataTypeName(next)}`);
    }
    type = next;
  }
  return type;
}

export const allInputs = (context: InferenceContext): number[] => context.node.inputs.map((_, index) => index);

/** What two operands say of one dimension they share, by name of what it is. Throws `model.shape`. */
export function agree(node: Node, what: string, a: Dim, b: Dim): Dim {
  const dim = mergeDims(a, b);
  if (dim === undefined) throw shapeError(node, `has operands that disagree on ${what}: ${a} and ${b}`);
  return dim;
}

/** Numpy broadcast of several shapes; undefined when a rank is unknown. Throws `model.shape` where they do not fit. */
export function broadcastShapes(node: Node, shapes: readonly (readonly Dim[] | undefined)[]): Dim[] | undefined {
  let result: readonly Dim[] | undefined = [];
  for (const shape of shapes) {
    if (!shape || !result) return undefined;
    const rank: number = Math.max(shape.length, result.length);
    const joined: Dim[] = [];
    for (let axis = 0; axis < rank; axis++) {
      const a: Dim = axis < rank - result.length ? 1 : result[axis - rank + result.length]!;
      const b: Dim = axis < rank - shape.length ? 1 : shape[axis - rank + shape.length]!;
      const dim = broadcastDims(a, b);
      if (dim === undefined) throw shapeError(node, `cannot broadcast ${formatShape(result)} with ${formatShape(shape)}`);
      joined.push(dim);
    }
    result = joined;
  }
  return result && [...result];
}
