import type { NodeCategory } from '../../../protocol/drawable.ts';
import type { Level } from './level.ts';

export interface Blocks {
  /** By place in the level's nodes; -1: in no block. */
  readonly part: Int32Array;
  /** By block: its place among those that repeat. */
  readonly places: readonly { readonly nth: number; readonly of: number }[];
}

/** Longest block that is looked for, in nodes of the trunk. */
const longestPeriod = 256;
/** Smaller blocks are quicker read than opened. */
const smallestBlock = 4;

/**
 * Blocks that repeat one after the other along the longest way through a level: ResNet's, MobileNet's, DenseNet's, a transformer's. The trunk is read
 * as a text of likenesses; a block is a period of it, cut where few values cross. What lies beside the trunk belongs to the first
 * node of the trunk that needs it, so that every block is a stretch of one order of all nodes. Time grows with the nodes (times the longest period).
 */
export function repeatedBlocks(level: Level, likeness: (id: number) => string, category: (id: number) => NodeCategory): Blocks {
  const order = new TrunkOrder(level);
  const { tokens } = order;
  const joins = (place: number): boolean => category(level.nodes[place]!) === 'elementwise' && order.inputs(place) > 1;
  // Where branches meet again is no part of the text: the same block with and without a shortcut is one.
  const text = tokens.filter((place) => !joins(place));
  const numbers = new Map<string, number>();
  const symbols = Int32Array.from(text, (place) => {
    const key = likeness(level.nodes[place]!);
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key)!;
  });
  const starts = order.startsOf(text);
  const begins = Int32Array.from(text, (place) => (category(level.nodes[place]!) === 'activation' ? 1 : 0));
  const runs = chooseRuns(
    symbols,
    starts.map((start) => order.crossing[start] ?? 0),
    begins,
  );

  const part = new Int32Array(level.nodes.length).fill(-1);
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
}

/** The longest runs that do not overlap. `crossing[i]`: values that cross in front of symbol i, one more entry for the end. */
function chooseRuns(symbols: Int32Array, crossing: readonly number[], late: Int32Array): Run[] {
  const found: Run[] = [];
  const most = Math.min(longestPeriod, symbols.length >> 1);
  for (let period = smallestBlock; period <= most; period++) {
    for (let i = 0, length = 0; i + period <= symbols.length; i++) {
      if (i + period < symbols.length && symbols[i] === symbols[i + period]) {
        length++;
        continue;
      }
      if (length >= period) {
        const run = bestPhase(symbols, i - length, i + period, period, crossing, late);
        if (run) found.push(run);
      }
      length = 0;
    }
  }
  found.sort((a, b) => b.count * b.period - a.count * a.period || a.period - b.period || a.first - b.first);
  const taken = new Uint8Array(symbols.length);
  const chosen: Run[] = [];
  for (const run of found) {
    const end = run.first + run.count * run.period;
    if (taken.subarray(run.first, end).includes(1)) continue;
    taken.fill(1, run.first, end);
    chosen.push(run);
  }
  return chosen.sort((a, b) => a.first - b.first);
}

/**
 * Where the blocks of a run of symbols [from, to) begin: where fewest values cross. None if the run is a shorter period's, or if the values that
 * cross go up and down from block to block: then the borders do not lie in the same place of each.
 */
function bestPhase(
  symbols: Int32Array,
  from: number,
  to: number,
  period: number,
  crossing: readonly number[],
  late: Int32Array,
): Run | undefined {
  if (isPower(symbols, from, period)) return undefined;
  let best: Run | undefined;
  let bestCost = Infinity;
  for (let phase = 0; phase < period && from + phase + 2 * period <= to; phase++) {
    const first = from + phase;
    const count = Math.floor((to - first) / period);
    const borders = Array.from({ length: count + 1 }, (_, i) => crossing[first + i * period]!);
    // What comes in and what goes out may be anything; in between, borders are alike, or one value is gathered or used up in each.
    if (!isMonotone(borders.slice(1, -1)) || !isMonotone(borders)) continue;
    const cost = borders.reduce((sum, values) => sum + values, 0) / borders.length + (late[first] ? 0.5 : 0) - count * 0.25;
    if (cost < bestCost) [best, bestCost] = [{ first, period, count }, cost];
  }
  return best;
}

function isPower(symbols: Int32Array, from: number, period: number): boolean {
  for (let part = 1; part <= period >> 1; part++) {
    if (period % part !== 0) continue;
    let same = true;
    for (let i = from; same && i + part < from + period; i++) same = symbols[i] === symbols[i + part];
    if (same) return true;
  }
  return false;
}

const isMonotone = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value >= values[i - 1]!) || values.every((value, i) => i === 0 || value <= values[i - 1]!);

/** One order of all nodes of a level, along its longest way. Places are those in `level.nodes`. */
class TrunkOrder {
  /** Places along the longest way. */
  readonly tokens: number[];
  /** All places: before each node of the trunk what it needs, at the end what nothing on the trunk needs. */
  readonly sequence: number[];
  /** Values that cross in front of each place of the sequence. */
  readonly crossing: Int32Array;
  readonly #before: number[][];

  constructor({ nodes, edges }: Level) {
    const at = new Map(nodes.map((id, place) => [id, place]));
    this.#before = nodes.map(() => []);
    const after: number[][] = nodes.map(() => []);
    const known = new Set<number>();
    for (const [from, to] of edges) {
      const [a, b] = [at.get(from)!, at.get(to)!];
      const pair = a * nodes.length + b;
      if (a >= b || known.has(pair)) continue;
      known.add(pair);
      this.#before[b]!.push(a);
      after[a]!.push(b);
    }
    this.tokens = longestWay(this.#before);
    this.sequence = this.#arrange();
    this.crossing = this.#countCrossing(after);
  }

  inputs(place: number): number {
    return this.#before[place]!.length;
  }

  /** Where the stretch of each token begins in the sequence: behind the stretch of the token before; one more entry for the end of the last. */
  startsOf(tokens: readonly number[]): number[] {
    const where = new Int32Array(this.sequence.length);
    this.sequence.forEach((place, i) => (where[place] = i));
    const known = new Set(tokens);
    // A node of the trunk that is no token belongs to the token before it.
    const starts: number[] = [];
    let end = 0;
    for (const place of this.tokens) {
      if (known.has(place)) starts.push(end);
      end = where[place]! + 1;
    }
    starts.push(end);
    return starts;
  }

  /** Depth first from the trunk against the edges, without recursion. */
  #arrange(): number[] {
    const sequence: number[] = [];
    const seen = new Uint8Array(this.#before.length);
    const visit = (root: number): void => {
      const path: [place: number, next: number][] = [[root, 0]];
      while (path.length > 0) {
        const top = path[path.length - 1]!;
        const [place, next] = top;
        if (next === 0 && seen[place]) path.pop();
        else if (next < this.#before[place]!.length) {
          seen[place] = 1;
          top[1]++;
          const from = this.#before[place]![next]!;
          if (!seen[from]) path.push([from, 0]);
        } else {
          seen[place] = 1;
          sequence.push(place);
          path.pop();
        }
      }
    };
    for (const place of this.tokens) if (!seen[place]) visit(place);
    for (let place = 0; place < seen.length; place++) if (!seen[place]) visit(place);
    return sequence;
  }

  #countCrossing(after: readonly number[][]): Int32Array {
    const where = new Int32Array(this.sequence.length);
    this.sequence.forEach((place, i) => (where[place] = i));
    const crossing = new Int32Array(this.sequence.length + 1);
    after.forEach((targets, place) => {
      const last = targets.reduce((far, target) => Math.max(far, where[target]!), -1);
      if (last < 0) return;
      crossing[where[place]! + 1]!++;
      crossing[last + 1]!--;
    });
    for (let i = 1; i < crossing.length; i++) crossing[i]! += crossing[i - 1]!;
    return crossing;
  }
}

/** By nodes before each, in an order in which those come first: places along a longest way. Of equal ones the first. */
function longestWay(before: readonly (readonly number[])[]): number[] {
  const length = new Int32Array(before.length);
  const previous = new Int32Array(before.length).fill(-1);
  let last = before.length ? 0 : -1;
  before.forEach((sources, place) => {
    for (const from of sources) {
      if (length[from]! + 1 > length[place]!) [length[place], previous[place]] = [length[from]! + 1, from];
    }
    if (length[place]! > length[last]!) last = place;
  });
  const way: number[] = [];
  for (let at = last; at >= 0; at = previous[at]!) way.push(at);
  return way.reverse();
}
