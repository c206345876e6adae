import type { Algebra } from '../algebra.ts';

/** Boxes and the places that may answer for them, `rows` × `each`. Values have that shape and no gradient. */
export interface Pairs {
  readonly rows: number;
  readonly each: number;
  /** 1: a pair of a box and a place; the others are padding. */
  readonly valid: string;
  /** 1: the middle of the place's cell lies in the box. */
  readonly inside: string;
  /** Of the box that the place answers. */
  readonly iou: string;
  /** Probability that the place gives to the box's class, times that of an object where the head has one. */
  readonly score: string;
  /** Σ −ln(1 − √probability) over the classes that the box has not; absent where there is one class. */
  readonly otherClasses?: string;
  /** Pixels², [rows, 1]. */
  readonly area: string;
}

export interface AssignSettings {
  /** Places that a box may have. */
  readonly places: number;
}

/** Which places answer for which boxes. */
export interface Choice {
  /** 1: this place answers for this box. */
  readonly chosen: string;
  /** Where several boxes chose a place, the one with the lowest gets it. */
  readonly cost: string;
  /** The score that the place should have, 0 to 1. */
  readonly quality: string;
  /** What a pair counts in the sums. */
  readonly weight: 'one' | 'quality';
}

/** A way to choose. One file each. */
export interface Assigner {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  /** Candidates lie on the level that fits the box only. */
  readonly byScale?: boolean;
  build(algebra: Algebra, pairs: Pairs, settings: AssignSettings): Choice;
}

/**
 * 1 for the `count` lowest of each row, else 0: `count` is [rows, 1], at most `most`; equal ones in their order.
 */
export function lowest(
  algebra: Algebra,
  values: string,
  count: string,
  { rows, each, most }: { rows: number; each: number; most: number },
): string {
  const { site, add, filled, isLess } = algebra;
  const order = topOf(algebra, values, most, 'lowest').order;
  const ranks = site.constant(
    [1, most],
    Float32Array.from({ length: most }, (_, rank) => rank),
  );
  const [taken, none] = [filled([rows, most], 0), filled([rows, each], 0)];
  return site.emit('ScatterElements', [none, order, add(taken, isLess(ranks, count))], { axis: 1 });
}

/** The highest or lowest values of each row, best first, and where they stand. */
export function topOf(
  { site }: Algebra,
  values: string,
  count: number,
  which: 'highest' | 'lowest',
): { readonly values: string; readonly order: string } {
  const [top, order] = site.emitSeveral('TopK', [values, site.indices([count])], 2, { axis: 1, largest: which === 'highest' ? 1 : 0 });
  return { values: top!, order: order! };
}
