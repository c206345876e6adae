/**
 * Nodes that stand beside each other in one group (or in none), with the edges among them: what is to be grouped further. Nothing here knows a file
 * format.
 */
export interface Level {
  /** Ids, in an order in which every node comes after those it reads from, as far as there is one. */
  readonly nodes: readonly number[];
  /** Ids, between these nodes only. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** The edges that stay inside each part. `partOf`: part by id; nodes outside all parts have none. */
export function innerEdges(edges: Level['edges'], partOf: ReadonlyMap<number, number>, parts: number): Level['edges'][] {
  const inner: (readonly [number, number])[][] = Array.from({ length: parts }, () => []);
  for (const edge of edges) {
    const part = partOf.get(edge[0]);
    if (part !== undefined && part === partOf.get(edge[1])) inner[part]!.push(edge);
  }
  return inner;
}
