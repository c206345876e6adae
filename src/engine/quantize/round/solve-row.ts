import type { Quadratic } from './quadratic.ts';

/** Codes a row of weights may take: lowest, lowest + step … highest, relative to the zero point. */
export interface RowGrid {
  readonly lowest: number;
  readonly highest: number;
  /** 1, or 2 for grids without zero (binary: -1 and 1). */
  readonly step: number;
  /** By sorted input: the neighbour whose code of the same sign must not add up to more than `pairLimit` with its own; -1: none. */
  readonly partners: Int32Array | undefined;
  readonly pairLimit: number;
  /** By sorted input: 1 where the weight is exactly zero and stays so, as pruned ones are; absent: nowhere. */
  readonly zeros?: Uint8Array;
}

/** Sweeps end when nothing changes, which takes three or four; this many at most. */
const mostSweeps = 12;

/**
 * Rounds one row so that (scale codes - target)ᵀ moments (scale codes - target) is small: input after input in the order of falling variance,
 * each one making up for the errors of those before (Frantar et al., GPTQ, arXiv:2210.17323; here as back substitution with
 * the moments' own factor, which gives the same codes as GPTQ's inverse). Fills `codes` and returns the form's value.
 */
export function roundInOrder(quadratic: Quadratic, row: number, scale: number, grid: RowGrid, codes: Int16Array): number {
  const { depth, factor, targets } = quadratic;
  const errors = new Float64Array(depth);
  const base = row * depth;
  let form = 0;
  // Partners of codes that are not chosen yet don't bind.
  codes.fill(0);
  for (let i = depth - 1; i >= 0; i--) {
    const at = i * depth;
    let carried = 0;
    for (let j = i + 1; j < depth; j++) carried += factor[at + j]! * errors[j]!;
    const target = targets[base + i]!;
    const code = nearestCode((target - carried / factor[at + i]!) / scale, i, grid, codes);
    codes[i] = code;
    errors[i] = scale * code - target;
    form += (carried + factor[at + i]! * errors[i]!) ** 2;
  }
  return form;
}

/** Coordinate descent from `codes`: never raises the form's value. */
export function descend({ depth, moments, targets }: Quadratic, row: number, scale: number, grid: RowGrid, codes: Int16Array): void {
  const base = row * depth;
  const slope = new Float64Array(depth);
  for (let i = 0; i < depth; i++) {
    const error = scale * codes[i]! - targets[base + i]!;
    for (let j = 0, at = i * depth; j < depth; j++, at++) slope[j]! += error * moments[at]!;
  }
  for (let sweep = 0, changed = true; changed && sweep < mostSweeps; sweep++) {
    changed = false;
    for (let i = depth - 1; i >= 0; i--) {
      const curvature = moments[i * depth + i]!;
      if (!(curvature > 0)) continue;
      const before = codes[i]!;
      const code = nearestCode(before - slope[i]! / (scale * curvature), i, grid, codes);
      if (code === before) continue;
      codes[i] = code;
      changed = true;
      const step = scale * (code - before);
      for (let j = 0, at = i * depth; j < depth; j++, at++) slope[j]! += step * moments[at]!;
    }
  }
}

/** Adding and subtracting 1.5 * 2^52 rounds a double below 2^51 to the nearest integer, halves to even. */
const rounder = 6755399441055744;

/** The allowed code nearest to `wish`, seen from the neighbour's present code. */
function nearestCode(
  wish: number,
  index: number,
  { lowest, highest, step, partners, pairLimit, zeros }: RowGrid,
  codes: Int16Array,
): number {
  if (zeros?.[index]) return 0;
  let low = lowest;
  let high = highest;
  const partner = partners ? partners[index]! : -1;
  if (partner >= 0) {
    const beside = codes[partner]!;
    if (beside > 0) high = Math.min(high, pairLimit - beside);
    else if (beside < 0) low = Math.max(low, -pairLimit - beside);
  }
  const steps = (wish - low) / step;
  if (!(steps > 0)) return low;
  const code = low + step * (steps + rounder - rounder);
  return code > high ? high : code;
}
