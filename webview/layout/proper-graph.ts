import { type Adjacency, groupBy } from './adjacency.ts';
import type { FlatGraph } from './flat-graph.ts';
import type { OuterLanes } from './outer-lanes.ts';
import type { Ranks } from './ranks.ts';

/**
 * A graph whose edges join neighbouring rows only. Its first vertices are those of the flat graph; more stand where a long line or a tall box passes
 * through a row. Where a line goes on through several rows its edges are inner ones: they become one straight vertical line, and never cross
 * each other.
 */
export interface ProperGraph {
  readonly ranks: number;
  readonly rank: Int32Array;
  readonly width: Float64Array;
  /** 1 for vertices of lines, which have no width. */
  readonly isLine: Uint8Array;
  /** Edges, downwards. */
  readonly tail: Int32Array;
  readonly head: Int32Array;
  /** Where they leave and enter, from the middles of the boxes. */
  readonly tailX: Float64Array;
  readonly headX: Float64Array;
  /** Edges by tail and by head. */
  readonly down: Adjacency;
  readonly up: Adjacency;
  /** The vertex above (below) of the same line or box, -1 for none. */
  readonly innerUp: Int32Array;
  readonly innerDown: Int32Array;
  /** Where the lower border of a box is: itself, or its vertex in the last row it takes. */
  readonly bottom: Int32Array;
  /** Of each link: the vertices of lines on its way, which are numbered in sequence from the first. */
  readonly first: Int32Array;
  readonly through: Int32Array;
}

class Builder {
  readonly rank: number[];
  readonly width: number[];
  readonly isLine: number[];
  readonly innerUp: number[];
  readonly innerDown: number[];
  readonly tail: number[] = [];
  readonly head: number[] = [];
  readonly tailX: number[] = [];
  readonly headX: number[] = [];

  constructor(graph: FlatGraph, ranks: Ranks) {
    this.rank = Array.from(ranks.rank);
    this.width = Array.from(graph.width);
    const count = this.rank.length;
    this.isLine = Array.from(graph.roles, (kind) => Number(kind !== 0));
    this.innerUp = new Array<number>(count).fill(-1);
    this.innerDown = new Array<number>(count).fill(-1);
  }

  vertex(rank: number, width: number, isLine: number): number {
    this.rank.push(rank);
    this.width.push(width);
    this.isLine.push(isLine);
    this.innerUp.push(-1);
    return this.innerDown.push(-1) - 1;
  }

  edge(tail: number, head: number, tailX = 0, headX = 0): void {
    this.tail.push(tail);
    this.head.push(head);
    this.tailX.push(tailX);
    this.headX.push(headX);
  }

  /** Vertices from row `begin` to row `end`, one straight line; returns the first. */
  column(begin: number, end: number, width: number, isLine: number): number {
    const first = this.vertex(begin, width, isLine);
    for (let rank = begin + 1; rank <= end; rank++) this.join(this.vertex(rank, width, isLine) - 1);
    return first;
  }

  join(above: number, below = above + 1): void {
    this.innerDown[above] = below;
    this.innerUp[below] = above;
    this.edge(above, below);
  }
}

/** Cuts what passes through several rows at each of them. Links of one line that go on together share their vertices; those in outer lanes are left out. */
export function makeProper(graph: FlatGraph, ranks: Ranks, feedback: Uint8Array, lanes: OuterLanes): ProperGraph {
  const { from, to, fromX, toX, line } = graph;
  const { rank, span } = ranks;
  const builder = new Builder(graph, ranks);
  const bottom = Int32Array.from(rank.keys());
  for (let vertex = 0; vertex < rank.length; vertex++) {
    if (span[vertex]! === 1) continue;
    const first = builder.column(rank[vertex]! + 1, rank[vertex]! + span[vertex]! - 1, graph.width[vertex]!, 0);
    builder.join(vertex, first);
    bottom[vertex] = first + span[vertex]! - 2;
  }
  const lastRow = furthestReaders(graph, ranks, feedback, lanes);
  const lineStart = new Int32Array(lastRow.length).fill(-1);
  const [firsts, through] = [new Int32Array(from.length).fill(-1), new Int32Array(from.length)];
  for (let link = 0; link < from.length; link++) {
    if (lanes.lane[link]! >= 0) continue;
    const [source, target] = [from[link]!, to[link]!];
    const leaves = rank[source]! + span[source]!;
    if (feedback[link]) {
      const [top, below] = [rank[target]! - 1, leaves];
      const first = builder.column(top, below, 0, 1);
      builder.edge(first, target, 0, toX[link]);
      builder.edge(bottom[source]!, first + below - top, fromX[link]);
      [firsts[link], through[link]] = [first, below - top + 1];
    } else if (rank[target] === leaves) builder.edge(bottom[source]!, target, fromX[link], toX[link]);
    else {
      if (lineStart[line[link]!]! < 0) {
        lineStart[line[link]!] = builder.column(leaves, lastRow[line[link]!]! - 1, 0, 1);
        builder.edge(bottom[source]!, lineStart[line[link]!]!, fromX[link]);
      }
      [firsts[link], through[link]] = [lineStart[line[link]!]!, rank[target]! - leaves];
      builder.edge(firsts[link]! + through[link]! - 1, target, 0, toX[link]);
    }
  }
  const count = builder.rank.length;
  return {
    ranks: ranks.count,
    rank: Int32Array.from(builder.rank),
    width: Float64Array.from(builder.width),
    isLine: Uint8Array.from(builder.isLine),
    tail: Int32Array.from(builder.tail),
    head: Int32Array.from(builder.head),
    tailX: Float64Array.from(builder.tailX),
    headX: Float64Array.from(builder.headX),
    down: groupBy(count, builder.tail),
    up: groupBy(count, builder.head),
    innerUp: Int32Array.from(builder.innerUp),
    innerDown: Int32Array.from(builder.innerDown),
    bottom,
    first: firsts,
    through,
  };
}

/** The row of each line's lowest reader. */
function furthestReaders({ to, line }: FlatGraph, { rank }: Ranks, feedback: Uint8Array, { lane }: OuterLanes): Int32Array {
  let lines = 0;
  for (const number of line) lines = Math.max(lines, number + 1);
  const row = new Int32Array(lines);
  for (let link = 0; link < to.length; link++) {
    if (!feedback[link] && lane[link]! < 0) row[line[link]!] = Math.max(row[line[link]!]!, rank[to[link]!]!);
  }
  return row;
}
