import type { Algebra } from '../algebra.ts';

/** A box by its edges in pixels, each a value. */
export interface Corners {
  readonly left: string;
  readonly top: string;
  readonly right: string;
  readonly bottom: string;
}

/** Keeps areas and lengths that may be zero from being divided by, in pixels. */
export const tiny = 1e-7;

/** How two boxes lie to each other; shapes broadcast. */
export interface Meeting {
  readonly found: Corners;
  readonly wanted: Corners;
  /** Width and height, not below 0 for found ones. */
  readonly sizes: { readonly found: readonly [string, string]; readonly wanted: readonly [string, string] };
  /** Area of both together. */
  readonly union: string;
  /** Intersection over union. */
  readonly iou: string;
  /** Width and height of the smallest box around both. */
  readonly around: readonly [string, string];
}

/** A loss of boxes, by pair: 0 where both are the same. One file each. */
export interface BoxLoss {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  build(algebra: Algebra, meeting: Meeting): string;
}

export function meet(algebra: Algebra, found: Corners, wanted: Corners): Meeting {
  const { add, subtract, multiply, divide, least, most } = algebra;
  const along = (low: 'left' | 'top', high: 'right' | 'bottom') => ({
    found: most(subtract(found[high], found[low]), 0),
    wanted: subtract(wanted[high], wanted[low]),
    shared: most(subtract(least(found[high], wanted[high]), most(found[low], wanted[low])), 0),
    around: subtract(most(found[high], wanted[high]), least(found[low], wanted[low])),
  });
  const [x, y] = [along('left', 'right'), along('top', 'bottom')];
  const shared = multiply(x.shared, y.shared);
  const union = subtract(add(multiply(x.found, y.found), multiply(x.wanted, y.wanted)), shared);
  return {
    found,
    wanted,
    sizes: { found: [x.found, y.found], wanted: [x.wanted, y.wanted] },
    union,
    iou: divide(shared, add(union, tiny)),
    around: [x.around, y.around],
  };
}

/** Twice the distance of the middles along both axes. */
export const twiceApart = ({ add, subtract }: Algebra, { found, wanted }: Meeting): [string, string] => [
  subtract(add(found.left, found.right), add(wanted.left, wanted.right)),
  subtract(add(found.top, found.bottom), add(wanted.top, wanted.bottom)),
];

/** Squared distance of the middles over the squared diagonal of the box around both. */
export function distanceTerm(algebra: Algebra, meeting: Meeting): string {
  const { add, square, divide, multiply } = algebra;
  const [x, y] = twiceApart(algebra, meeting);
  const [width, height] = meeting.around;
  return divide(multiply(add(square(x), square(y)), 0.25), add(square(width), square(height), tiny));
}
