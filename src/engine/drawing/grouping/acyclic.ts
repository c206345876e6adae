import type { Level } from './level.ts';

/** A part cut into more pieces than this is none. */
const mostPieces = 6;

/**
 * Makes parts of a level such that the drawing has no circle when any of them are folded into one box each: parts that data leaves and comes back to
 * are cut where it comes back, and given up where that leaves crumbs. `part` is by place in the level, -1 for nodes on their own; the result
 * has new numbers, in the order of their first nodes, and says which part each piece was cut from.
 *
 * Circles lie within the strongly connected components of the graph of parts (Tarjan 1972). There a node's piece is how many borders of parts the
 * longest way to it crosses: that never falls along an edge and grows from part to part, so no way leads back into a piece. Time grows with nodes and
 * edges.
 */
export function acyclicParts(level: Level, part: Int32Array): Parts {
  const whole = numbered(part, part);
  const units = unitsOf(whole.part, whole.from.length);
  const component = components(units.count, level, units.of);
  const sizes = new Int32Array(units.count);
  for (const of of component) sizes[of]!++;
  const circular = whole.from.map((_, number) => sizes[component[number]!]! > 1);
  if (!circular.includes(true)) return whole;

  const crossings = countCrossings(level, units.of, component);
  const pieces = whole.from.map(() => new Map<number, number>());
  let count = 0;
  const piece = whole.part.map((number, place) => {
    if (number < 0) return -1;
    const known = pieces[number]!;
    const key = circular[number] ? crossings[place]! : 0;
    if (!known.has(key)) known.set(key, count++);
    return known.get(key)!;
  });
  const kept = piece.map((number, place) => (number >= 0 && pieces[whole.part[place]!]!.size > mostPieces ? -1 : number));
  return numbered(kept, part);
}

export interface Parts {
  /** By place. */
  readonly part: Int32Array;
  /** By part: the one it was cut from. */
  readonly from: readonly number[];
}

/** Numbers parts by their first nodes, leaving out those of a single node. `origin`: by place, what each was cut from. */
function numbered(part: Int32Array, origin: Int32Array): Parts {
  const sizes = new Map<number, number>();
  for (const number of part) sizes.set(number, (sizes.get(number) ?? 0) + 1);
  const numbers = new Map<number, number>();
  const from: number[] = [];
  const result = part.map((number, place) => {
    if (number < 0 || sizes.get(number)! < 2) return -1;
    if (!numbers.has(number)) {
      numbers.set(number, from.length);
      from.push(origin[place]!);
    }
    return numbers.get(number)!;
  });
  return { part: result, from };
}

/** Parts and nodes on their own, numbered together: parts first. */
function unitsOf(part: Int32Array, parts: number): { of: Int32Array; count: number } {
  let count = parts;
  return { of: part.map((number) => (number >= 0 ? number : count++)), count };
}

/** Borders between units of one component that the longest way to each node crosses. */
function countCrossings({ from, to }: Level, unit: Int32Array, component: Int32Array): Int32Array {
  const crossings = new Int32Array(unit.length);
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e]!, to[e]!];
    if (component[unit[a]!] !== component[unit[b]!]) continue;
    crossings[b] = Math.max(crossings[b]!, crossings[a]! + (unit[a] === unit[b] ? 0 : 1));
  }
  return crossings;
}

/** Strongly connected components of the graph of units, by unit. Without recursion: graphs are deeper than stacks. */
function components(count: number, { from, to }: Level, unit: Int32Array): Int32Array {
  const starts = new Int32Array(count + 1);
  for (let e = 0; e < from.length; e++) if (unit[from[e]!] !== unit[to[e]!]) starts[unit[from[e]!]! + 1]!++;
  for (let i = 0; i < count; i++) starts[i + 1]! += starts[i]!;
  const targets = new Int32Array(starts[count]!);
  const filled = starts.slice();
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [unit[from[e]!]!, unit[to[e]!]!];
    if (a !== b) targets[filled[a]!++] = b;
  }

  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const component = new Int32Array(count).fill(-1);
  const next = starts.slice(0, count);
  const stack: number[] = [];
  const path: number[] = [];
  let [visited, found] = [0, 0];
  for (let root = 0; root < count; root++) {
    if (index[root]! >= 0) continue;
    path.push(root);
    while (path.length > 0) {
      const at = path[path.length - 1]!;
      if (index[at]! < 0) {
        index[at] = low[at] = visited++;
        stack.push(at);
        onStack[at] = 1;
      }
      if (next[at]! < starts[at + 1]!) {
        const to = targets[next[at]!++]!;
        if (index[to]! < 0) path.push(to);
        else if (onStack[to]) low[at] = Math.min(low[at]!, index[to]!);
        continue;
      }
      path.pop();
      const above = path[path.length - 1];
      if (above !== undefined) low[above] = Math.min(low[above]!, low[at]!);
      if (low[at] !== index[at]) continue;
      for (;;) {
        const member = stack.pop()!;
        onStack[member] = 0;
        component[member] = found;
        if (member === at) break;
      }
      found++;
    }
  }
  return component;
}
