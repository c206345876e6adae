import type { Dim } from '../../onnx/graph.ts';

/**
 * Arithmetic on dimensions: exact on numbers; a name survives where the result is that same dimension (x + 0, x · 1, x / 1), everything
 * else is null, "not known". Names only ever stand for sizes, so they are never negative.
 */
export const addDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  return b === 0 ? a : null;
};

export const subtractDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (b === 0) return a;
  return a !== null && a === b ? 0 : null;
};

export const multiplyDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  return b === 1 ? a : null;
};

/** Product of all dimensions; 1 for none; null when one is free (0 wins over free ones). */
export function productOf(dims: readonly Dim[]): number | null {
  let product = 1;
  let free = false;
  for (const dim of dims) {
    if (dim === 0) return 0;
    if (typeof dim === 'number') product *= dim;
    else free = true;
  }
  return free ? null : product;
}

/** Elements of a shape; null while a dimension is free or the rank is unknown. */
export const sizeOf = (shape: readonly Dim[] | undefined): number | null => (shape ? productOf(shape) : null);

export const isFixed = (shape: readonly Dim[] | undefined): shape is readonly number[] =>
  shape !== undefined && shape.every((dim) => typeof dim === 'number');

/** What two statements about one dimension say together; undefined when they contradict each other. Numbers win over names. */
export function mergeDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === null) return a;
  if (a === null) return b;
  if (typeof a === 'number') return typeof b === 'number' ? undefined : a;
  return typeof b === 'number' ? b : a;
}

/** As mergeDims over whole shapes; undefined when ranks or dimensions contradict each other. */
export function mergeShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  if (a.length !== b.length) return undefined;
  const merged: Dim[] = [];
  for (const [axis, dim] of a.entries()) {
    const both = mergeDims(dim, b[axis]!);
    if (both === undefined) return undefined;
    merged.push(both);
  }
  return merged;
}

/** What holds for both of two shapes (the branches of an If): equal dimensions stay, others become null; undefined: ranks differ. */
export function commonShape(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): Dim[] | undefined {
  if (!a || !b || a.length !== b.length) return undefined;
  return a.map((dim, axis) => (dim === b[axis] ? dim : null));
}

/** One dimension of a numpy broadcast; undefined when the two do not fit. */
export function broadcastDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return typeof b === 'number' ? undefined : a;
  return typeof b === 'number' ? b : null;
}

/** "[1,3,?,width]"; "of unknown rank" for undefined. */
export const formatShape = (shape: readonly Dim[] | undefined): string =>
  shape ? `[${shape.map((dim) => dim ?? '?').join(',')}]` : 'of unknown rank';
