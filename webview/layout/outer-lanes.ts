import type { FlatGraph } from './flat-graph.ts';
import type { Ranks } from './ranks.ts';

/** Vertices that lines may have in all rows together: so many, and so many for each box. Beyond, time and memory would grow with the square. */
const [free, perBox] = [250_000, 10];

/** Links that go round the drawing, in lanes to its right: -1 for those that go through it. */
export interface OuterLanes {
  readonly lane: Int32Array;
  readonly count: number;
}

interface Way {
  begin: number;
  end: number;
  links: number[];
}

/**
 * Sends the longest lines round the outside where all together would pass through too many rows: a graph with that many long lines cannot be followed
 * by the eye anyway, and must not cost more than others. No graph of a network that is known needs it.
 */
export function outerLanes({ from, to, line }: FlatGraph, { rank, span, count }: Ranks, feedback: Uint8Array): OuterLanes {
  const ways = new Map<number, Way>();
  let total = 0;
  for (let link = 0; link < from.length; link++) {
    const leaves = rank[from[link]!]! + span[from[link]!]!;
    const [begin, end] = feedback[link] ? [rank[to[link]!]! - 1, leaves] : [leaves, rank[to[link]!]! - 1];
    if (end < begin) continue;
    const key = feedback[link] ? -1 - link : line[link]!;
    const known = ways.get(key);
    if (!known) ways.set(key, { begin, end, links: [link] });
    else {
      known.links.push(link);
      total -= length(known);
      known.end = Math.max(known.end, end);
    }
    total += length(ways.get(key)!);
  }
  const lane = new Int32Array(from.length).fill(-1);
  const outside: Way[] = [];
  const most = free + perBox * rank.length;
  if (total <= most) return { lane, count: 0 };
  for (const way of [...ways.values()].sort((a, b) => length(b) - length(a) || a.links[0]! - b.links[0]!)) {
    if (total <= most) break;
    outside.push(way);
    total -= length(way);
  }
  return { lane, count: shareLanes(outside, lane, count) };
}

const length = ({ begin, end }: Way): number => end - begin + 1;

/** Gives each way a lane that is free where it begins, or a new one. */
function shareLanes(ways: Way[], lane: Int32Array, rows: number): number {
  const byBegin: Way[][] = Array.from({ length: rows }, () => []);
  for (const way of ways) byBegin[way.begin]!.push(way);
  const released: number[][] = Array.from({ length: rows + 1 }, () => []);
  const idle: number[] = [];
  let lanes = 0;
  byBegin.forEach((beginning, row) => {
    idle.push(...released[row]!);
    for (const way of beginning) {
      const own = idle.pop() ?? lanes++;
      for (const link of way.links) lane[link] = own;
      released[Math.min(rows, way.end + 2)]!.push(own);
    }
  });
  return lanes;
}
