/**
 * Which channel the elements of a value belong to: an atom (a number) for every place along some axes of the value, the same along all other axes. One axis as a rule; several
 * where a reshape has spread channels over them, until the one that is cut along is chosen.
 */
export interface Block {
  /** Ascending. */
  readonly axes: readonly number[];
  /** Sizes of these axes. */
  readonly dims: readonly number[];
  /** Row-major over `dims`. */
  readonly atoms: Int32Array;
}

/** Elements that one block may have (64 MiB of atoms): beyond it channels are not followed. */
export const blockLimit = 2 ** 24;

export const productOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

export const blockAlong = (axis: number, atoms: Int32Array): Block => ({ axes: [axis], dims: [atoms.length], atoms });

/** The block with axis `a` called `to(a)`; its elements are put into the order of the new axes. */
export function renamed(block: Block, to: (axis: number) => number): Block {
  const axes = block.axes.map(to);
  const order = axes.map((_, i) => i).sort((a, b) => axes[a]! - axes[b]!);
  if (order.every((from, i) => from === i)) return { ...block, axes };
  const dims = order.map((i) => block.dims[i]!);
  return { axes: order.map((i) => axes[i]!), dims, atoms: permuted(block, order) };
}

function permuted({ dims, atoms }: Block, order: readonly number[]): Int32Array {
  const strides = stridesOf(dims);
  const turned = new Int32Array(atoms.length);
  const target = order.map((i) => dims[i]!);
  forEachPlace(target, (position, index) => {
    let from = 0;
    for (let i = 0; i < order.length; i++) from += position[i]! * strides[order[i]!]!;
    turned[index] = atoms[from]!;
  });
  return turned;
}

export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * dims[i + 1]!;
  return strides;
}

/** Every position of a shape in row-major order; the array is reused. */
export function forEachPlace(dims: readonly number[], visit: (position: readonly number[], index: number) => void): void {
  const position = dims.map(() => 0);
  const size = productOf(dims);
  for (let index = 0; index < size; index++) {
    visit(position, index);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++position[axis]! < dims[axis]!) break;
      position[axis] = 0;
    }
  }
}

/** The block written out over more axes (of these sizes), along which its atoms are repeated. Axes ascending. */
export function spread(block: Block, axes: readonly number[], dims: readonly number[]): Int32Array {
  if (axes.length === block.axes.length) return block.atoms;
  const own = stridesOf(block.dims);
  const strides = axes.map((axis) => {
    const at = block.axes.indexOf(axis);
    return at < 0 ? 0 : own[at]!;
  });
  const atoms = new Int32Array(productOf(dims));
  forEachPlace(dims, (position, index) => {
    let from = 0;
    for (let i = 0; i < strides.length; i++) from += position[i]! * strides[i]!;
    atoms[index] = block.atoms[from]!;
  });
  return atoms;
}

/** The block without the axes along which its atoms do not differ; one axis always stays. */
export function trimmed(block: Block): Block {
  let result = block;
  for (const axis of block.axes) {
    if (result.axes.length === 1) break;
    const at = result.axes.indexOf(axis);
    if (isRepeated(result, at) && (result.dims[at] === 1 || result.dims.some((dim, i) => i !== at && dim > 1)))
      result = without(result, at);
  }
  return result;
}

function isRepeated({ dims, atoms }: Block, at: number): boolean {
  const inner = stridesOf(dims)[at]!;
  const size = dims[at]!;
  for (let index = 0; index < atoms.length; index++) {
    if (Math.floor(index / inner) % size !== 0 && atoms[index] !== atoms[index - inner]) return false;
  }
  return true;
}

/** The block at place 0 of an axis, which is dropped. */
export function without(block: Block, at: number): Block {
  const inner = stridesOf(block.dims)[at]!;
  const size = block.dims[at]!;
  return {
    axes: block.axes.filter((_, i) => i !== at),
    dims: block.dims.filter((_, i) => i !== at),
    atoms: size === 1 ? block.atoms : block.atoms.filter((_, index) => Math.floor(index / inner) % size === 0),
  };
}

/** The part of a block between two coordinates of one of its axes. */
export function partOf(block: Block, at: number, from: number, to: number): Block {
  const inner = stridesOf(block.dims)[at]!;
  const size = block.dims[at]!;
  const isInside = (_: number, index: number): boolean => {
    const coordinate = Math.floor(index / inner) % size;
    return coordinate >= from && coordinate < to;
  };
  return { axes: block.axes, dims: block.dims.map((dim, i) => (i === at ? to - from : dim)), atoms: block.atoms.filter(isInside) };
}

/** Places of a block by coordinate along one of its axes: calls `visit` with the coordinate and the atom of each element. */
export function forEachSlab({ dims, atoms }: Block, at: number, visit: (coordinate: number, atom: number) => void): void {
  const inner = stridesOf(dims)[at]!;
  const size = dims[at]!;
  for (let index = 0; index < atoms.length; index++) visit(Math.floor(index / inner) % size, atoms[index]!);
}
