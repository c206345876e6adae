/** Steps that the search for rings may take in all; beyond it parts stay smaller than they could be. */
const stepBudget = 3_000_000;

/**
 * Puts nodes into parts of one device each: nodes of a part are connected, and no path leaves a part and comes back, so that parts can run
 * one after another. `before[i]`: nodes that node i reads, all of lower numbers. Answers a number for each node; equal ones are one part.
 */
export function convexParts(devices: readonly string[], before: readonly (readonly number[])[]): number[] {
  const parts = new Parts(devices.length);
  joinLevels(parts, devices, before);
  joinNeighbours(parts, devices, before);
  return devices.map((_, index) => parts.of(index));
}

/**
 * A node's level is how often the device changes on the way to it, at most. A path between two nodes of one level never leaves their
 * device, so connected nodes of one level and device are a part.
 */
function joinLevels(parts: Parts, devices: readonly string[], before: readonly (readonly number[])[]): void {
  const levels: number[] = [];
  for (const [index, sources] of before.entries()) {
    levels.push(sources.reduce((level, source) => Math.max(level, levels[source]! + (devices[source] === devices[index] ? 0 : 1)), 0));
    for (const source of sources) {
      if (devices[source] === devices[index] && levels[source] === levels[index]) parts.join(source, index);
    }
  }
}

/** Joins parts of one device with an edge between them, where no other way leads from the one to the other. */
function joinNeighbours(parts: Parts, devices: readonly string[], before: readonly (readonly number[])[]): void {
  const after = new Map<number, Set<number>>();
  const edges: [number, number][] = [];
  for (const [index, sources] of before.entries()) {
    for (const source of sources) {
      const [from, to] = [parts.of(source), parts.of(index)];
      if (from === to) continue;
      after.set(from, (after.get(from) ?? new Set()).add(to));
      if (devices[source] === devices[index]) edges.push([source, index]);
    }
  }
  let steps = stepBudget;
  /** Whether a way of two edges or more leads from one part to the other. */
  const leadsRound = (from: number, to: number): boolean => {
    const end = parts.last(to);
    const seen = new Set([from]);
    const open = [...(after.get(from) ?? [])].map((next) => parts.of(next)).filter((next) => next !== to);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at) || parts.first(at) > end) continue;
      seen.add(at);
      for (const next of after.get(at) ?? []) {
        if (--steps < 0 || parts.of(next) === to) return true;
        open.push(parts.of(next));
      }
    }
    return false;
  };
  for (let changed = true; changed && steps > 0;) {
    changed = false;
    for (const [source, index] of edges) {
      const [from, to] = [parts.of(source), parts.of(index)];
      if (from === to || leadsRound(from, to)) continue;
      const all = new Set([...(after.get(from) ?? []), ...(after.get(to) ?? [])]);
      const joined = parts.join(from, to);
      after.set(joined, new Set([...all].filter((next) => parts.of(next) !== joined)));
      changed = true;
    }
  }
}

/** Disjoint sets of numbers, each with its first and its last member. */
class Parts {
  readonly #parents: number[];
  readonly #first: number[];
  readonly #last: number[];

  constructor(length: number) {
    this.#parents = Array.from({ length }, (_, index) => index);
    this.#first = [...this.#parents];
    this.#last = [...this.#parents];
  }

  of(index: number): number {
    let root = index;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = index; at !== root;) {
      const parent = this.#parents[at]!;
      this.#parents[at] = root;
      at = parent;
    }
    return root;
  }

  join(a: number, b: number): number {
    const [into, from] = [this.of(a), this.of(b)];
    if (into === from) return into;
    this.#parents[from] = into;
    this.#first[into] = Math.min(this.#first[into]!, this.#first[from]!);
    this.#last[into] = Math.max(this.#last[into]!, this.#last[from]!);
    return into;
  }

  first(part: number): number {
    return this.#first[this.of(part)]!;
  }

  last(part: number): number {
    return this.#last[this.of(part)]!;
  }
}
