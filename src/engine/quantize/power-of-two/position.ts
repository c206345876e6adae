/** A number with fix position p is an integer times 2^-p (vitis-ai: fix_point). */
export const scaleAt = (position: number): number => 2 ** -position;

/** Positions beyond these would make products of two scales that float32 cannot hold; see `smallestScale`. */
export const [leastPosition, greatestPosition] = [-60, 60];

/** A value that was never anything but zero: any position holds it. */
const positionOfZero = 7;

/** Positions that may be chosen, both ends included. */
export interface Positions {
  readonly least: number;
  readonly greatest: number;
}

export const anyPosition: Positions = { least: leastPosition, greatest: greatestPosition };

export const within = (position: number, { least, greatest }: Positions): number => Math.max(least, Math.min(greatest, position));

/**
 * The finest position whose codes `lowest` … `highest` (about the zero point) hold `low` … `high` without clipping: the ends round to
 * codes that exist. (Vitis AI: floor(log2(1 / max(min / -128.5, max / 127.5))) for int8.)
 */
export function holdingPosition(low: number, high: number, lowest: number, highest: number): number {
  const reach = Math.max(high > 0 ? high / (highest + 0.5) : 0, low < 0 ? low / (lowest - 0.5) : 0);
  if (!(reach > 0)) return positionOfZero;
  const position = within(Math.floor(-Math.log2(reach)), anyPosition);
  // The logarithm is not exact near powers of two.
  const holds = (at: number): boolean => reach * 2 ** at <= 1;
  if (!holds(position)) return Math.max(leastPosition, position - 1);
  return position < greatestPosition && holds(position + 1) ? position + 1 : position;
}

/** The same for codes with any zero point: `levels` of them span the range. */
export function spanningPosition(low: number, high: number, levels: number): number {
  return holdingPosition(0, high - low, 0, levels - 1);
}

/** The power of two next to a scale, by ratio. */
export const nearestPosition = (scale: number): number => within(Math.round(-Math.log2(scale)), anyPosition);

/** Whether a scale, a power of two, is that of one of the positions. */
export const isPositionOf = (scale: number, { least, greatest }: Positions): boolean =>
  scale >= scaleAt(greatest) && scale <= scaleAt(least);
