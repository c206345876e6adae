import { type Adjacency, groupBy } from './adjacency.ts';

/** Edges that ask for a difference of ranks of at least `length` between their ends. */
export interface Constraints {
  readonly count: number;
  readonly tail: Int32Array;
  readonly head: Int32Array;
  readonly length: Int32Array;
}

/** All edges at each vertex, whichever way they go: those that leave it by their number, those that enter it by `edges + number`. */
export function incidence({ count, tail, head }: Constraints): Adjacency {
  const ends = new Int32Array(2 * tail.length);
  ends.set(tail);
  ends.set(head, tail.length);
  return groupBy(count, ends);
}

export const slackOf = ({ tail, head, length }: Constraints, rank: Int32Array, edge: number): number =>
  rank[head[edge]!]! - rank[tail[edge]!]! - length[edge]!;

/**
 * Shifts parts of a feasible ranking until edges without slack span each connected part, and returns 1 for the edges of such a tree (Gansner et al. 1993,
 * 2.2, with one shift kept for the whole tree instead of moving its vertices each time).
 */
export function tightTree(constraints: Constraints, incident: Adjacency, rank: Int32Array): Uint8Array {
  const { count, tail, head } = constraints;
  const inTree = new Uint8Array(tail.length);
  const reached = new Uint8Array(count);
  for (let root = 0; root < count; root++) {
    if (reached[root]) continue;
    // Ranks of reached vertices are kept less the tree's shift so far.
    let shift = 0;
    const members = [root];
    reached[root] = 1;
    const add = (edge: number): void => {
      const vertex = reached[tail[edge]!] ? head[edge]! : tail[edge]!;
      inTree[edge] = 1;
      reached[vertex] = 1;
      rank[vertex]! -= shift;
      members.push(vertex);
    };
    /** Of an edge between the tree and the rest. */
    const slack = (edge: number): number => slackOf(constraints, rank, edge) + (reached[tail[edge]!] ? -shift : shift);
    let loose: number[] = [];
    for (let begin = 0; ;) {
      for (; begin < members.length; begin++) {
        const vertex = members[begin]!;
        for (let i = incident.starts[vertex]!; i < incident.starts[vertex + 1]!; i++) {
          const edge = incident.items[i]! % tail.length;
          if (reached[tail[edge]!] && reached[head[edge]!]) continue;
          if (slack(edge) === 0) add(edge);
          else loose.push(edge);
        }
      }
      loose = loose.filter((edge) => !reached[tail[edge]!] || !reached[head[edge]!]);
      if (loose.length === 0) break;
      let best = loose[0]!;
      for (const edge of loose) if (slack(edge) < slack(best)) best = edge;
      shift += reached[tail[best]!] ? slack(best) : -slack(best);
      add(best);
    }
    for (const vertex of members) rank[vertex]! += shift;
  }
  return inTree;
}
