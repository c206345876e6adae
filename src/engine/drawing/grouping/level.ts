/**
 * Nodes that stand beside each other in one group (or in none), with the edges among them: what is to be grouped further. Nothing here knows a file
 * format. Places are those in `ids`.
 */
export interface Level {
  /** In an order in which every node comes after those it reads from, as far as there is one. */
  readonly ids: Int32Array;
  /** Edges by places, each pair once, from the earlier to the later, in order of their beginnings. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** `nodes` as in `Level.ids`; edges between other nodes, to a node itself and against the order (circles of the graph) are left out. */
export function levelOf(nodes: readonly number[], edges: Iterable<{ readonly from: number; readonly to: number }>): Level {
  const places = new Map(nodes.map((id, place) => [id, place]));
  const pairs: number[] = [];
  for (const { from, to } of edges) {
    const [a, b] = [places.get(from), places.get(to)];
    if (a !== undefined && b !== undefined && a < b) pairs.push(a * nodes.length + b);
  }
  const sorted = Float64Array.from(pairs).sort();
  const distinct = sorted.filter((pair, i) => i === 0 || pair !== sorted[i - 1]);
  const from = new Int32Array(distinct.length);
  const to = new Int32Array(distinct.length);
  distinct.forEach((pair, i) => {
    from[i] = Math.floor(pair / nodes.length);
    to[i] = pair % nodes.length;
  });
  return { ids: Int32Array.from(nodes), from, to };
}

/** One level for each of `parts` parts; `part` by place, -1 for nodes in none. */
export function splitLevel({ ids, from, to }: Level, part: Int32Array, parts: number): Level[] {
  const sizes = new Int32Array(parts);
  const place = part.map((number) => (number < 0 ? -1 : sizes[number]!++));
  const counts = new Int32Array(parts);
  for (let e = 0; e < from.length; e++) if (isInside(part, from[e]!, to[e]!)) counts[part[from[e]!]!]!++;
  const levels = Array.from(sizes, (size, number) => ({
    ids: new Int32Array(size),
    from: new Int32Array(counts[number]!),
    to: new Int32Array(counts[number]!),
  }));
  part.forEach((number, at) => {
    if (number >= 0) levels[number]!.ids[place[at]!] = ids[at]!;
  });
  const filled = new Int32Array(parts);
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e]!, to[e]!];
    if (!isInside(part, a, b)) continue;
    const level = levels[part[a]!]!;
    const at = filled[part[a]!]!++;
    level.from[at] = place[a]!;
    level.to[at] = place[b]!;
  }
  return levels;
}

const isInside = (part: Int32Array, from: number, to: number): boolean => part[from]! >= 0 && part[from] === part[to];
