import { LatheError } from '../../base/errors.ts';
import { passedOn, reshape, reshaped, sumTo } from './arithmetic.ts';
import type { Backward, GradientRule } from './rule.ts';

/** A gradient in the shape of `dy` → the same rule for one input. */
const onFirst =
  (rule: (b: Backward, dy: string) => string): GradientRule =>
  (b) => {
    const dy = b.incoming();
    return dy === undefined || !b.wants(0) ? [] : [rule(b, dy)];
  };

const axisOf = (b: Backward, name: string, rank: number, fallback = 0): number => {
  const axis = b.node.int(name, fallback);
  return axis < 0 ? axis + rank : axis;
};

/** Integers of an input that a rule must know before the graph runs. Throws `training.dynamic`. */
export function settled(b: Backward, input: number, what: string): number[] {
  const tensor = b.constant(input);
  if (tensor) return tensor.toIntegers();
  const hint = 'Freeze what lies before this node, or export the model with constant shapes.';
  throw new LatheError('training.dynamic', `${b.node.op} has ${what} that are computed while the model runs`, { node: b.node.label, hint });
}

const transpose = onFirst((b, dy) => {
  const rank = b.outputShape().length;
  const perm = b.node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const back = perm.map((_, axis) => perm.indexOf(axis));
  return b.emit('Transpose', [dy], { perm: back });
});

/** Every input takes its part of the axis. */
const concat: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const axis = axisOf(b, 'axis', b.outputShape().length);
  const sizes = b.node.inputs.map((_, index) => b.inputShape(index)[axis]!);
  if (sizes.length === 1) return [dy];
  return b.emitSeveral('Split', [dy, b.indices(sizes)], sizes.length, { axis });
};

const zeros = (b: Backward, shape: readonly number[]): string => b.emit('Expand', [b.number(0), b.indices(shape)]);

/** Outputs that nobody needs count as zero. */
const split: GradientRule = (b) => {
  const gradients = b.node.outputs.map((_, output) => b.incoming(output));
  if (gradients.every((gradient) => gradient === undefined)) return [];
  const axis = axisOf(b, 'axis', b.inputShape(0).length);
  return [
    b.emit(
      'Concat',
      gradients.map((gradient, output) => gradient ?? zeros(b, b.outputShape(output))),
      { axis },
    ),
  ];
};

/** A slice with step 1 is undone by padding; others scatter their elements back. */
const slice = onFirst((b, dy) => {
  const shape = b.inputShape(0);
  const rank = shape.length;
  const starts = settled(b, 1, 'starts');
  const axes = (b.input(3) ? settled(b, 3, 'axes') : starts.map((_, i) => i)).map((axis) => (axis < 0 ? axis + rank : axis));
  const steps = b.input(4) ? settled(b, 4, 'steps') : starts.map(() => 1);
  if (steps.every((step) => step === 1)) {
    const before = shape.map(() => 0);
    axes.forEach((axis, i) => (before[axis] = clampStart(starts[i]!, shape[axis]!)));
    const after = shape.map((dim, axis) => dim - before[axis]! - b.outputShape()[axis]!);
    return b.emit('Pad', [dy, b.indices([...before, ...after]), b.number(0)]);
  }
  return axes.reduceRight((gradient, axis, i) => {
    const start = steps[i]! > 0 ? clampStart(starts[i]!, shape[axis]!) : clampBack(starts[i]!, shape[axis]!);
    const places = Array.from({ length: b.outputShape()[axis]! }, (_, k) => start + k * steps[i]!);
    return spread(b, gradient, axis, places, shape[axis]!);
  }, dy);
});

const clampStart = (start: number, size: number): number => Math.min(size, Math.max(0, start < 0 ? start + size : start));
const clampBack = (start: number, size: number): number => Math.min(size - 1, Math.max(-1, start < 0 ? start + size : start));

/** Along one axis puts element i at `places[i]` of `size`, zeros between: a gather from the gradient with one row of zeros behind. */
function spread(b: Backward, gradient: string, axis: number, places: readonly number[], size: number): string {
  const origin = Array<number>(size).fill(places.length);
  places.forEach((place, i) => (origin[place] = i));
  const rank = b.outputShape().length;
  const pads = Array<number>(2 * rank).fill(0);
  pads[rank + axis] = 1;
  const padded = b.emit('Pad', [gradient, b.indices(pads), b.number(0)]);
  return b.emit('Gather', [padded, b.indices(origin)], { axis });
}

/** Rows add up where an index stands twice. */
const gather = onFirst((b, dy) => {
  const shape = b.inputShape(0);
  const axis = axisOf(b, 'axis', shape.length);
  const picked = b.inputShape(1);
  const count = picked.reduce((product, dim) => product * dim, 1);
  // Rows to the front: [count, outer × inner] is scattered into [size, outer × inner].
  const outer = shape.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const inner = shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const rows = reshape(b, b.emit('Transpose', [reshape(b, dy, [outer, count, inner])], { perm: [1, 0, 2] }), [count, outer * inner]);
  const size = shape[axis]!;
  const flat = reshape(b, b.input(1), [count, 1]);
  const wrapped = b.emit('Where', [b.emit('Less', [flat, b.indices([0])]), b.emit('Add', [flat, b.indices([size])]), flat]);
  const summed = b.emit('ScatterND', [zeros(b, [size, outer * inner]), wrapped, rows], { reduction: 'add' });
  return reshape(b, b.emit('Transpose', [reshape(b, summed, [size, outer, inner])], { perm: [1, 0, 2] }), shape);
});

const gatherElements = onFirst((b, dy) =>
  b.emit('ScatterElements', [zeros(b, b.inputShape(0)), b.input(1), dy], {
    axis: axisOf(b, 'axis', b.inputShape(0).length),
    reduction: 'add',
  }),
);

const gatherND = onFirst((b, dy) => {
  if (b.node.int('batch_dims', 0) !== 0) throw unsupported(b, 'batch_dims');
  return b.emit('ScatterND', [zeros(b, b.inputShape(0)), b.input(1), dy], { reduction: 'add' });
});

/** What was written over gets no gradient; what was written gets that of its place. */
const scatterElements: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const axis = axisOf(b, 'axis', b.inputShape(0).length);
  const reduction = b.node.string('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw unsupported(b, `reduction ${reduction}`);
  const kept = reduction === 'add' ? dy : b.emit('ScatterElements', [dy, b.input(1), zeros(b, b.inputShape(2))], { axis });
  return [kept, undefined, b.wants(2) ? b.emit('GatherElements', [dy, b.input(1)], { axis }) : undefined];
};

const scatterND: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const reduction = b.node.string('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw unsupported(b, `reduction ${reduction}`);
  const kept = reduction === 'add' ? dy : b.emit('ScatterND', [dy, b.input(1), zeros(b, b.inputShape(2))]);
  return [kept, undefined, b.wants(2) ? b.emit('GatherND', [dy, b.input(1)]) : undefined];
};

export const unsupported = (b: Backward, what: string): LatheError =>
  new LatheError('training.no-gradient', `${b.node.op} with ${what} has no gradient here`, {
    node: b.node.label,
    hint: 'Freeze what lies before this node.',
  });

/** Pads with constants drop out; mirrored and repeated edges give their gradient back to where they came from. */
const pad = onFirst((b, dy) => {
  const shape = b.inputShape(0);
  const rank = shape.length;
  const given = settled(b, 1, 'pads');
  const axes = (b.input(3) ? settled(b, 3, 'axes') : shape.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + rank : axis));
  const pads = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    pads[axis] = given[i]!;
    pads[axis + rank] = given[i + axes.length]!;
  });
  const mode = b.node.string('mode', 'constant');
  if (mode === 'constant') return b.emit('Pad', [dy, b.indices(pads.map((size) => -size)), b.number(0)]);
  return shape.reduce((gradient, size, axis) => {
    const [before, after] = [pads[axis]!, pads[axis + rank]!];
    if (before === 0 && after === 0) return gradient;
    const origin = Array.from({ length: before + size + after }, (_, i) => sourceOf(i - before, size, mode));
    return gathered(b, gradient, axis, origin, size);
  }, dy);
});

function sourceOf(place: number, size: number, mode: string): number {
  if (mode === 'edge') return Math.min(size - 1, Math.max(0, place));
  if (mode === 'wrap') return ((place % size) + size) % size;
  const period = Math.max(1, 2 * (size - 1));
  const within = ((place % period) + period) % period;
  return within < size ? within : period - within;
}

/** Along one axis adds element i to place `origin[i]` of `size`: a product with a matrix of zeros and ones. */
function gathered(b: Backward, gradient: string, axis: number, origin: readonly number[], size: number): string {
  return alongAxis(b, gradient, axis, size, (i, j) => (origin[j] === i ? 1 : 0), origin.length);
}

/** Multiplies an axis of a gradient from the left with the matrix `weight(row, column)`, rows × columns. The axes before it keep their sizes. */
export function alongAxis(
  b: Backward,
  gradient: string,
  axis: number,
  rows: number,
  weight: (row: number, column: number) => number,
  columns: number,
): string {
  const matrix = b.matrix(rows, columns, weight);
  const rank = b.inputShape(0).length;
  const last = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const perm = [...last, axis];
  const moved = axis === rank - 1 ? gradient : b.emit('Transpose', [gradient], { perm });
  const product = b.emit('MatMul', [moved, b.emit('Transpose', [matrix], { perm: [1, 0] })]);
  return axis === rank - 1 ? product : b.emit('Transpose', [product], { perm: perm.map((_, i) => perm.indexOf(i)) });
}

/** Copies add up: each axis is taken apart into [repeats, size] and summed over the repeats. */
const tile = onFirst((b, dy) => {
  const shape = b.inputShape(0);
  const repeats = settled(b, 1, 'repeats');
  const apart = reshape(
    b,
    dy,
    shape.flatMap((dim, axis) => [repeats[axis]!, dim]),
  );
  return b.emit('ReduceSum', [apart, b.indices(shape.map((_, axis) => 2 * axis))], { keepdims: 0 });
});

const expand = onFirst((b, dy) => sumTo(b, dy, b.outputShape(), b.inputShape(0)));

const depthToSpace = onFirst((b, dy) => {
  const block = b.node.int('blocksize', 1);
  const [n, c, h, w] = b.inputShape(0) as [number, number, number, number];
  const depth = c / (block * block);
  // Undoes [n, block, block, depth, h, w] (DCR) or [n, depth, block, block, h, w] (CRD) → [n, depth, h, block, w, block].
  const apart = reshape(b, dy, [n, depth, h, block, w, block]);
  const perm = b.node.string('mode', 'DCR') === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return reshape(b, b.emit('Transpose', [apart], { perm }), [n, c, h, w]);
});

const spaceToDepth = onFirst((b, dy) => b.emit('DepthToSpace', [dy], { blocksize: b.node.int('blocksize', 1), mode: 'DCR' }));

/** Sums run the other way. */
const cumSum: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  return [b.emit('CumSum', [dy, b.input(1)], { exclusive: b.node.int('exclusive', 0), reverse: 1 - b.node.int('reverse', 0) })];
};

export const movementGradients: Readonly<Record<string, GradientRule>> = {
  Identity: passedOn,
  Dropout: passedOn,
  Cast: (b) => (b.node.int('to') === 1 ? passedOn(b) : []),
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Pad: pad,
  Tile: tile,
  Expand: expand,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  CumSum: cumSum,
};
