import type { NodeCategory } from '../../../protocol/drawable.ts';
import type { Level } from './level.ts';

export interface Blocks {
  /** By place in the level; -1: in no block. */
  readonly part: Int32Array;
  /** By block: its place among those that repeat. */
  readonly places: readonly { readonly nth: number; readonly of: number }[];
}

/** What is known of nodes, by id. */
export interface Kinds {
  /** Nodes of repeated blocks are like each other from block to block. */
  likeness(id: number): string;
  category(id: number): NodeCategory;
  /** Whether it reads from several nodes, in the level or outside of it. */
  joins(id: number): boolean;
}

/** Longest block that is looked for, in nodes of the trunk. */
const longestPeriod = 160;
/** Smaller blocks, in nodes, are quicker read than opened. */
const smallestBlock = 4;

/**
 * Blocks that repeat one after the other along the longest way through a level: ResNet's, MobileNet's, DenseNet's, a transformer's. The trunk is read
 * as a text of likenesses; a block is a period of it, cut where few values cross. What lies beside the trunk belongs to the first
 * node of the trunk that needs it, so that every block is a stretch of one order of all nodes. Time grows with the nodes (times the longest period).
 */
export function repeatedBlocks(level: Level, kinds: Kinds): Blocks {
  const { likeness, category } = kinds;
  const order = new TrunkOrder(level);
  const { tokens } = order;
  const joins = (id: number): boolean => category(id) === 'elementwise' && kinds.joins(id);
  // Where branches meet again is no part of the text: the same block with and without a shortcut is one.
  const text = tokens.filter((place) => !joins(level.ids[place]!));
  const numbers = new Map<string, number>();
  const symbols = Int32Array.from(text, (place) => {
    const key = likeness(level.ids[place]!);
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key)!;
  });
  const starts = order.startsOf(text);
  const begins = Int32Array.from(text, (place) => (category(level.ids[place]!) === 'activation' ? 1 : 0));
  const runs = chooseRuns(
    symbols,
    Float64Array.from(starts, (start) => order.crossing[start]!),
    begins,
    starts,
  );

  const part = new Int32Array(level.ids.length).fill(-1);
  const places: { nth: number; of: number }[] = [];
  for (const { first, period, count } of runs) {
    for (let nth = 0; nth < count; nth++) {
      const [from, to] = [starts[first + nth * period]!, starts[first + (nth + 1) * period]!];
      for (let at = from; at < to; at++) part[order.sequence[at]!] = places.length;
      places.push({ nth: nth + 1, of: count });
    }
  }
  return { part, places };
}

interface Run {
  /** Place in the text. */
  first: number;
  period: number;
  count: number;
  /** Mean of the values that cross its borders. */
  crossing: number;
}

/**
 * The longest runs that do not overlap. `crossing[i]`: values that cross in front of symbol i, one more entry for the end;
 * `starts[i]`: the nodes before it.
 */
function chooseRuns(symbols: Int32Array, crossing: Float64Array, late: Int32Array, starts: readonly number[]): Run[] {
  const found: Run[] = [];
  const byFirst = new Map<number, Run[]>();
  const most = Math.min(longestPeriod, symbols.length >> 1);
  for (let period = 1; period <= most; period++) {
    for (let i = 0, length = 0; i + period <= symbols.length; i++) {
      if (i + period < symbols.length && symbols[i] === symbols[i + period]) {
        length++;
        continue;
      }
      const stretch = { from: i - length, to: i + period, period };
      if (length >= period) {
        const run = bestPhase(stretch, crossing, late);
        if (run && !isMultiple(byFirst, stretch, run)) {
          found.push(run);
          byFirst.set(run.first, [...(byFirst.get(run.first) ?? []), run]);
        }
      }
      length = 0;
    }
  }
  const large = found.filter(({ first, period }) => starts[first + period]! - starts[first]! >= smallestBlock);
  large.sort((a, b) => b.count * b.period - a.count * a.period || a.period - b.period || a.first - b.first);
  const taken = new Uint8Array(symbols.length);
  const chosen: Run[] = [];
  for (const run of large) {
    const free = freePart(run, taken);
    if (!free) continue;
    taken.fill(1, free.first, free.first + free.count * free.period);
    chosen.push(free);
  }
  return chosen.sort((a, b) => a.first - b.first);
}

/** The longest row of a run's blocks that no other run has taken; undefined where fewer than two are left. */
function freePart({ first, period, count, crossing }: Run, taken: Uint8Array): Run | undefined {
  let best: Run | undefined;
  for (let block = 0, length = 0; block < count; block++) {
    const from = first + block * period;
    length = taken.subarray(from, from + period).includes(1) ? 0 : length + 1;
    if (length > (best?.count ?? 1)) best = { first: from - (length - 1) * period, period, count: length, crossing };
  }
  return best;
}

/** Symbols [from, to) that are the same again after each period. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly period: number;
}

/** Whether the stretch is made of shorter blocks, of a divisor of the period, with borders as narrow: then several of them make no block. */
function isMultiple(byFirst: ReadonlyMap<number, readonly Run[]>, { from, to, period }: Stretch, { crossing }: Run): boolean {
  for (let first = from; first < from + period; first++) {
    for (const run of byFirst.get(first) ?? []) {
      if (period % run.period === 0 && run.first + (run.count + 1) * run.period > to && run.crossing <= crossing) return true;
    }
  }
  return false;
}

/**
 * Where the blocks of a run of symbols begin: where fewest values cross. None if the values that cross go up and down from block to block: then the
 * borders do not lie in the same place of each, as with half of a block that has a shortcut.
 */
function bestPhase({ from, to, period }: Stretch, crossing: Float64Array, late: Int32Array): Run | undefined {
  let best: Run | undefined;
  let bestCost = Infinity;
  for (let phase = 0; phase < period && from + phase + 2 * period <= to; phase++) {
    const first = from + phase;
    const count = Math.floor((to - first) / period);
    const mean = meanCrossing(crossing, first, period, count);
    if (mean === undefined) continue;
    const cost = mean + (late[first] ? 0.5 : 0) - count * 0.25;
    if (cost < bestCost) [best, bestCost] = [{ first, period, count, crossing: mean }, cost];
  }
  return best;
}

/**
 * Mean of the values that cross the borders of `count` blocks. Undefined unless they are the same in every border, or one direction grows: then values
 * are gathered or used up in each block. The ends of the level say nothing.
 */
function meanCrossing(crossing: Float64Array, first: number, period: number, count: number): number | undefined {
  let [sum, known, grows, falls] = [0, 0, false, false];
  let before = NaN;
  for (let i = 0; i <= count; i++) {
    const values = crossing[first + i * period]!;
    if (Number.isNaN(values)) continue;
    grows ||= values > before;
    falls ||= values < before;
    if (grows && falls) return undefined;
    before = values;
    sum += values;
    known++;
  }
  return known ? sum / known : 0;
}

/** One order of all nodes of a level, along its longest way. */
class TrunkOrder {
  /** Places along the longest way. */
  readonly tokens: number[];
  /** All places: before each node of the trunk what it needs, at the end what nothing on the trunk needs. */
  readonly sequence: Int32Array;
  /** Values that cross in front of each place of the sequence; NaN at both ends of it, where the surroundings are not known. */
  readonly crossing: Float64Array;
  /** By place: its place in the sequence. */
  readonly #where: Int32Array;

  constructor(level: Level) {
    const count = level.ids.length;
    this.tokens = longestWay(level);
    this.sequence = arrange(level, this.tokens);
    this.#where = new Int32Array(count);
    this.sequence.forEach((place, i) => (this.#where[place] = i));
    this.crossing = this.#countCrossing(level);
  }

  /** Where the stretch of each token begins in the sequence: behind the stretch of the token before; one more entry for the end of the last. */
  startsOf(tokens: readonly number[]): number[] {
    const known = new Set(tokens);
    // A node of the trunk that is no token belongs to the token before it.
    const starts: number[] = [];
    let end = 0;
    for (const place of this.tokens) {
      if (known.has(place)) starts.push(end);
      end = this.#where[place]! + 1;
    }
    starts.push(end);
    return starts;
  }

  #countCrossing({ from, to }: Level): Float64Array {
    const count = this.sequence.length;
    const last = new Int32Array(count).fill(-1);
    for (let e = 0; e < from.length; e++) last[from[e]!] = Math.max(last[from[e]!]!, this.#where[to[e]!]!);
    const crossing = new Float64Array(count + 1);
    last.forEach((far, place) => {
      if (far < 0) return;
      crossing[this.#where[place]! + 1]!++;
      crossing[far + 1]!--;
    });
    for (let i = 1; i < crossing.length; i++) crossing[i]! += crossing[i - 1]!;
    crossing[0] = crossing[count] = NaN;
    return crossing;
  }
}

/** Depth first from the trunk against the edges, without recursion. */
function arrange({ ids, from, to }: Level, trunk: readonly number[]): Int32Array {
  const count = ids.length;
  const starts = new Int32Array(count + 1);
  for (const target of to) starts[target + 1]!++;
  for (let i = 0; i < count; i++) starts[i + 1]! += starts[i]!;
  const sources = new Int32Array(from.length);
  const filled = starts.slice();
  for (let e = 0; e < from.length; e++) sources[filled[to[e]!]!++] = from[e]!;

  const next = starts.slice(0, count);
  const seen = new Uint8Array(count);
  const sequence = new Int32Array(count);
  let done = 0;
  const path: number[] = [];
  const visit = (root: number): void => {
    if (seen[root]) return;
    seen[root] = 1;
    path.push(root);
    while (path.length > 0) {
      const place = path[path.length - 1]!;
      if (next[place]! < starts[place + 1]!) {
        const source = sources[next[place]!++]!;
        if (seen[source]) continue;
        seen[source] = 1;
        path.push(source);
      } else {
        sequence[done++] = place;
        path.pop();
      }
    }
  };
  for (const place of trunk) visit(place);
  for (let place = 0; place < count; place++) visit(place);
  return sequence;
}

/** Places along a longest way; of equal ones the first. */
function longestWay({ ids, from, to }: Level): number[] {
  const length = new Int32Array(ids.length);
  const previous = new Int32Array(ids.length).fill(-1);
  // In order of their beginnings: the way to an edge's beginning is known when the edge's turn comes.
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e]!, to[e]!];
    if (length[a]! + 1 > length[b]!) [length[b], previous[b]] = [length[a]! + 1, a];
  }
  let last = ids.length ? 0 : -1;
  for (let place = 0; place < ids.length; place++) if (length[place]! > length[last]!) last = place;
  const way: number[] = [];
  for (let at = last; at >= 0; at = previous[at]!) way.push(at);
  return way.reverse();
}
