/** Children of each tree node. */
const fan = 16;

/**
 * Finds the rectangles that touch a rectangle: a packed R-tree over a Hilbert curve (I. Kamel, C. Faloutsos, "On packing R-trees", 1993). Made once
 * for a layout, never changed. Up to two million rectangles.
 */
export class SpatialIndex {
  readonly #count: number;
  /** Left, top, right, bottom of all tree nodes: first the leaves in the curve's order, then level after level, the root last. */
  readonly #bounds: Float32Array;
  /** Of a leaf the rectangle's number, of others the place of their first child. */
  readonly #child: Int32Array;
  /** Place after their last child; not used by leaves. */
  readonly #end: Int32Array;
  readonly #root: number;

  /** `bounds`: four numbers for each rectangle: left, top, right, bottom. */
  constructor(bounds: Float32Array) {
    const count = bounds.length / 4;
    const sizes = [count];
    while (sizes.at(-1)! > 1) sizes.push(Math.ceil(sizes.at(-1)! / fan));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    this.#count = count;
    this.#bounds = new Float32Array(total * 4);
    this.#child = new Int32Array(total);
    this.#end = new Int32Array(total);
    this.#root = total - 1;
    curveOrder(bounds).forEach((item, place) => {
      this.#child[place] = item;
      this.#bounds.set(bounds.subarray(item * 4, item * 4 + 4), place * 4);
    });
    let [from, to] = [0, count];
    for (const size of sizes.slice(1)) {
      for (let parent = 0; parent < size; parent++)
        this.#enclose(to + parent, from + parent * fan, Math.min(to, from + (parent + 1) * fan));
      [from, to] = [to, to + size];
    }
  }

  #enclose(parent: number, from: number, to: number): void {
    const bounds = this.#bounds;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = from * 4; at < to * 4; at += 4) {
      left = Math.min(left, bounds[at]!);
      top = Math.min(top, bounds[at + 1]!);
      right = Math.max(right, bounds[at + 2]!);
      bottom = Math.max(bottom, bounds[at + 3]!);
    }
    bounds.set([left, top, right, bottom], parent * 4);
    this.#child[parent] = from;
    this.#end[parent] = to;
  }

  /** Calls `visit` for each rectangle that touches the given one. */
  search(left: number, top: number, right: number, bottom: number, visit: (item: number) => void): void {
    if (this.#count === 0) return;
    const [bounds, child] = [this.#bounds, this.#child];
    const stack = [this.#root];
    while (stack.length > 0) {
      const node = stack.pop()!;
      const at = node * 4;
      if (bounds[at]! > right || bounds[at + 1]! > bottom || bounds[at + 2]! < left || bounds[at + 3]! < top) continue;
      if (node < this.#count) visit(child[node]!);
      else for (let next = this.#end[node]! - 1; next >= child[node]!; next--) stack.push(next);
    }
  }
}

/** Numbers of the rectangles by the place of their middle on a Hilbert curve of 2^16 × 2^16 cells. */
function curveOrder(bounds: Float32Array): number[] {
  const count = bounds.length / 4;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < bounds.length; at += 4) {
    left = Math.min(left, bounds[at]!);
    top = Math.min(top, bounds[at + 1]!);
    right = Math.max(right, bounds[at + 2]!);
    bottom = Math.max(bottom, bounds[at + 3]!);
  }
  const [across, down] = [65535 / (right - left || 1), 65535 / (bottom - top || 1)];
  // The key and the number in one double (32 + 21 bits): typed arrays sort natively.
  const keys = new Float64Array(count);
  for (let item = 0; item < count; item++) {
    const at = item * 4;
    const x = ((bounds[at]! + bounds[at + 2]!) / 2 - left) * across;
    const y = ((bounds[at + 1]! + bounds[at + 3]!) / 2 - top) * down;
    keys[item] = hilbert(x | 0, y | 0) * 2 ** 21 + item;
  }
  return Array.from(keys.sort(), (key) => key % 2 ** 21);
}

/** Place of a cell on the curve (H. Warren, "Hacker's Delight", 16-1). */
function hilbert(x: number, y: number): number {
  let place = 0;
  for (let side = 32768; side > 0; side >>= 1) {
    const right = (x & side) > 0 ? 1 : 0;
    const lower = (y & side) > 0 ? 1 : 0;
    place += side * side * ((3 * right) ^ lower);
    if (lower === 0) {
      if (right === 1) [x, y] = [65535 - x, 65535 - y];
      [x, y] = [y, x];
    }
  }
  return place;
}
