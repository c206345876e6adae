import type { Adjacency } from './adjacency.ts';
import { type Constraints, incidence, slackOf, tightTree } from './spanning-tree.ts';

/** Steps over vertices and edges after which it rests with what it has, which is feasible too. A few tenths of a second. */
const budget = 2e7;
/** Edges with a negative cut value among which the most negative is taken. */
const candidates = 30;

/**
 * Changes a feasible ranking so that the sum of all edges' lengths is least, by the network simplex method (Gansner, Koutsofios, North and Vo 1993,
 * "A technique for drawing directed graphs", 2.3 and 2.4). Each connected part begins at rank 0.
 */
export function shortenEdges(constraints: Constraints, rank: Int32Array): void {
  if (constraints.tail.length > 0) new Simplex(constraints, rank).run();
}

class Simplex {
  readonly #constraints: Constraints;
  readonly #rank: Int32Array;
  readonly #incident: Adjacency;
  readonly #inTree: Uint8Array;
  readonly #treeEdges: number[] = [];
  readonly #cut: Int32Array;
  /** Edge to the parent in the tree, -1 for a root. */
  readonly #parent: Int32Array;
  /** Numbers in postorder: those below a vertex are from `low` to its own. */
  readonly #low: Int32Array;
  readonly #number: Int32Array;
  readonly #vertexAt: Int32Array;
  readonly #next: Int32Array;
  #steps = 0;

  constructor(constraints: Constraints, rank: Int32Array) {
    const { count, tail } = constraints;
    this.#constraints = constraints;
    this.#rank = rank;
    this.#incident = incidence(constraints);
    this.#inTree = tightTree(constraints, this.#incident, rank);
    this.#inTree.forEach((is, edge) => is && this.#treeEdges.push(edge));
    this.#cut = new Int32Array(tail.length);
    this.#parent = new Int32Array(count).fill(-1);
    [this.#low, this.#number, this.#vertexAt, this.#next] = [
      new Int32Array(count).fill(-1),
      new Int32Array(count),
      new Int32Array(count),
      new Int32Array(count),
    ];
  }

  run(): void {
    const { count } = this.#constraints;
    for (let vertex = 0, low = 0; vertex < count; vertex++) if (this.#low[vertex]! < 0) low = this.#numberFrom(vertex, -1, low);
    for (let number = 0; number < count; number++) this.#computeCut(this.#vertexAt[number]!);
    for (let from = 0; this.#steps < budget;) {
      const place = this.#findLeaving(from);
      if (place < 0) break;
      const leaving = this.#treeEdges[place]!;
      const entering = this.#findEntering(leaving);
      if (entering < 0) break;
      this.#exchange(leaving, entering);
      this.#treeEdges[place] = entering;
      from = place;
    }
    this.#beginAtZero();
  }

  /** Numbers the tree below a vertex in postorder, from `low` on; returns the next number. */
  #numberFrom(root: number, parent: number, low: number): number {
    const { tail, head } = this.#constraints;
    const { starts, items } = this.#incident;
    const enter = (vertex: number, edge: number): void => {
      this.#parent[vertex] = edge;
      this.#low[vertex] = low;
      this.#next[vertex] = starts[vertex]!;
      path.push(vertex);
    };
    const path: number[] = [];
    enter(root, parent);
    while (path.length > 0) {
      const vertex = path.at(-1)!;
      this.#steps++;
      if (this.#next[vertex] === starts[vertex + 1]) {
        this.#number[vertex] = low;
        this.#vertexAt[low++] = vertex;
        path.pop();
        continue;
      }
      const edge = items[this.#next[vertex]!++]! % tail.length;
      if (this.#inTree[edge] && edge !== this.#parent[vertex]) enter(tail[edge] === vertex ? head[edge]! : tail[edge]!, edge);
    }
    return low;
  }

  /** The cut value of the edge to a vertex's parent, when those of the edges to its children are known. */
  #computeCut(vertex: number): void {
    const { tail, head } = this.#constraints;
    const { starts, items } = this.#incident;
    const own = this.#parent[vertex]!;
    if (own < 0) return;
    const childIsTail = tail[own] === vertex;
    let cut = 1;
    for (let i = starts[vertex]!; i < starts[vertex + 1]!; i++) {
      const edge = items[i]! % tail.length;
      if (edge === own || tail[edge] === head[edge]) continue;
      const sign = (tail[edge] === vertex) === childIsTail ? 1 : -1;
      cut += sign * (1 - (this.#inTree[edge] ? this.#cut[edge]! : 0));
    }
    this.#cut[own] = cut;
  }

  #findLeaving(from: number): number {
    let [best, found] = [-1, 0];
    const edges = this.#treeEdges;
    for (let i = 0; i < edges.length && found < candidates; i++) {
      const place = (from + i) % edges.length;
      this.#steps++;
      if (this.#cut[edges[place]!]! >= 0) continue;
      if (best < 0 || this.#cut[edges[place]!]! < this.#cut[edges[best]!]!) best = place;
      found++;
    }
    return best;
  }

  /** The end of a tree edge that lies further from the root, and whether it is its tail. */
  #below(edge: number): { vertex: number; isTail: boolean } {
    const { tail, head } = this.#constraints;
    const isTail = this.#parent[tail[edge]!] === edge;
    return { vertex: isTail ? tail[edge]! : head[edge]!, isTail };
  }

  #isUnder(vertex: number, top: number): boolean {
    return this.#low[top]! <= this.#number[vertex]! && this.#number[vertex]! <= this.#number[top]!;
  }

  /** Of the edges that lead the other way between the two sides of a tree edge, the one with the least slack. */
  #findEntering(leaving: number): number {
    const { tail, head } = this.#constraints;
    const { starts, items } = this.#incident;
    const { vertex: top, isTail } = this.#below(leaving);
    let [best, least] = [-1, Infinity];
    for (let number = this.#low[top]!; number <= this.#number[top]!; number++) {
      const vertex = this.#vertexAt[number]!;
      for (let i = starts[vertex]!; i < starts[vertex + 1]!; i++) {
        this.#steps++;
        const edge = items[i]! % tail.length;
        const [inside, outside] = isTail ? [head[edge]!, tail[edge]!] : [tail[edge]!, head[edge]!];
        if (inside !== vertex || this.#isUnder(outside, top)) continue;
        const slack = slackOf(this.#constraints, this.#rank, edge);
        if (slack < least || (slack === least && edge < best)) [best, least] = [edge, slack];
      }
    }
    return best;
  }

  #exchange(leaving: number, entering: number): void {
    const { tail, head } = this.#constraints;
    const { vertex: top, isTail } = this.#below(leaving);
    const slack = slackOf(this.#constraints, this.#rank, entering);
    const shift = isTail ? -slack : slack;
    for (let number = this.#low[top]!; number <= this.#number[top]!; number++) this.#rank[this.#vertexAt[number]!]! += shift;
    const cut = this.#cut[leaving]!;
    const meeting = this.#updateCuts(tail[entering]!, head[entering]!, cut, true);
    this.#updateCuts(head[entering]!, tail[entering]!, cut, false);
    this.#cut[entering] = -cut;
    this.#cut[leaving] = 0;
    this.#inTree[leaving] = 0;
    this.#inTree[entering] = 1;
    this.#numberFrom(meeting, this.#parent[meeting]!, this.#low[meeting]!);
  }

  /** Changes the cut values on the way up from a vertex until the other end lies below; returns where. */
  #updateCuts(from: number, other: number, cut: number, down: boolean): number {
    const { tail, head } = this.#constraints;
    let vertex = from;
    while (!this.#isUnder(other, vertex)) {
      const edge = this.#parent[vertex]!;
      const leaves = tail[edge] === vertex;
      this.#cut[edge]! += leaves === down ? cut : -cut;
      vertex = leaves ? head[edge]! : tail[edge]!;
      this.#steps++;
    }
    return vertex;
  }

  #beginAtZero(): void {
    const { count } = this.#constraints;
    // A root has the highest number of its part, and the lowest of all in it is its `low`.
    for (let vertex = 0; vertex < count; vertex++) {
      if (this.#parent[vertex]! >= 0) continue;
      const part = this.#vertexAt.subarray(this.#low[vertex]!, this.#number[vertex]! + 1);
      const least = part.reduce((lowest, member) => Math.min(lowest, this.#rank[member]!), Infinity);
      for (const member of part) this.#rank[member]! -= least;
    }
  }
}
