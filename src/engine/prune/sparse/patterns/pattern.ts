import type { WeightSite } from '../weight-sites.ts';

/** Weights of one tensor that become zero together. */
export interface Units {
  /** Unit of each element; -1: it stays, whatever happens. */
  readonly of: Int32Array;
  /** How many elements each unit has. */
  readonly sizes: Int32Array;
}

/** Which weights may become zero, and which only together: value of the setting `method`. One file each. */
export interface Pattern {
  /** For reports and the model's metadata: "2:4". */
  readonly title: string;
  /** `scores`: what each element is worth. Throws nothing; undefined with the reason where the tensor has no room for the pattern. */
  units(site: WeightSite, scores: ArrayLike<number>): Units | { readonly reason: string };
}

/** Rows of `size` neighbours along an axis: calls back with the first element's index, the step from one to the next, and how many there are (the last row may have fewer). */
export function eachRow(
  dims: readonly number[],
  { axis, size }: { readonly axis: number; readonly size: number },
  visit: (first: number, stride: number, count: number) => void,
): void {
  const depth = dims[axis]!;
  const stride = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  for (let before = 0; before < outer; before++)
    for (let from = 0; from < depth; from += size)
      for (let after = 0; after < stride; after++) visit((before * depth + from) * stride + after, stride, Math.min(size, depth - from));
}
