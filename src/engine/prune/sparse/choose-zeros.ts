import { ascending } from './ascending.ts';
import type { Pattern, Units } from './patterns/pattern.ts';
import type { WeightScore } from './scores.ts';
import type { WeightSite } from './weight-sites.ts';

/** A tensor that is made sparse. */
export interface SparseLayer {
  readonly site: WeightSite;
  /** Part of its weights that shall be zero, or all that its pattern lets go. */
  readonly share: number | 'pattern';
  /** Chosen together with the other tensors of whom this is said (`scope: global`). */
  readonly pooled: boolean;
}

export interface ZeroChoice {
  readonly layers: readonly SparseLayer[];
  readonly pattern: Pattern;
  readonly score: WeightScore;
}

/** By tensor: 1 where an element is to be zero. */
export type Zeros = ReadonlyMap<string, Uint8Array>;

/**
 * Chooses the weights that are worth least: `progress` (0 to 1) of what the layers are to lose in the end. Of every tensor one unit stays at least. `valuesOf`: weights as they are now, where
 * they are not those of the sites any more.
 */
export function chooseZeros(
  { layers, pattern, score }: ZeroChoice,
  progress = 1,
  valuesOf: (site: WeightSite) => Float32Array = ({ values }) => values,
): Zeros {
  const zeros = new Map<string, Uint8Array>();
  const pool: Candidates[] = [];
  for (const { site, share, pooled } of layers) {
    const values = valuesOf(site);
    const scores = score.of(values, site.tensor);
    const units = pattern.units(site, scores);
    if ('reason' in units) continue;
    const marked = new Uint8Array(values.length);
    zeros.set(site.tensor, marked);
    const wanted = progress * (share === 'pattern' ? units.sizes.length : share * values.length);
    const candidates = { units, marked, wanted, worth: meanScores(units, scores), keepsBest: share !== 'pattern' };
    if (pooled) pool.push(candidates);
    else markLowest([candidates]);
  }
  markLowest(pool);
  return zeros;
}

interface Candidates {
  readonly units: Units;
  readonly marked: Uint8Array;
  /** Elements that are to become zero. */
  readonly wanted: number;
  /** By unit. */
  readonly worth: Float32Array;
  readonly keepsBest: boolean;
}

function meanScores({ of, sizes }: Units, scores: Float32Array): Float32Array {
  const sums = new Float64Array(sizes.length);
  for (let i = 0; i < of.length; i++) if (of[i]! >= 0) sums[of[i]!]! += scores[i]!;
  return Float32Array.from(sums, (sum, unit) => sum / sizes[unit]!);
}

/** Marks the units of lowest worth among all of these together, as many as come nearest to what is wanted. */
function markLowest(pool: readonly Candidates[]): void {
  const wanted = pool.reduce((sum, candidates) => sum + candidates.wanted, 0);
  const starts = [0];
  for (const { worth } of pool) starts.push(starts.at(-1)! + worth.length);
  const all = new Float32Array(starts.at(-1)!);
  pool.forEach(({ worth, keepsBest }, i) => {
    all.set(worth, starts[i]);
    if (keepsBest && worth.length) all[starts[i]! + best(worth)] = Infinity;
  });
  const gone = pool.map(({ worth }) => new Uint8Array(worth.length));
  const owner = ownersOf(starts);
  let marked = 0;
  for (const index of ascending(all)) {
    const at = owner(index);
    const unit = index - starts[at]!;
    const size = pool[at]!.units.sizes[unit]!;
    if (all[index] === Infinity || marked + size / 2 > wanted) break;
    gone[at]![unit] = 1;
    marked += size;
  }
  pool.forEach(({ units, marked: elements }, i) => {
    for (let j = 0; j < elements.length; j++) if (units.of[j]! >= 0) elements[j] = gone[i]![units.of[j]!]!;
  });
}

/** Which part of the pool an index of all belongs to. */
function ownersOf(starts: readonly number[]): (index: number) => number {
  if (starts.length === 2) return () => 0;
  const owner = new Uint16Array(starts.at(-1)!);
  for (let i = 0; i + 1 < starts.length; i++) owner.fill(i, starts[i], starts[i + 1]);
  return (index) => owner[index]!;
}

function best(worth: Float32Array): number {
  let index = 0;
  for (let i = 1; i < worth.length; i++) if (worth[i]! > worth[index]!) index = i;
  return index;
}
