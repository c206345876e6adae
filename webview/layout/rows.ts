import { type FlatGraph, gaps, role } from './flat-graph.ts';
import type { Ranks } from './ranks.ts';

/** Upper and lower border of each row. */
export interface Rows {
  readonly top: Float64Array;
  readonly bottom: Float64Array;
  readonly height: number;
}

/** Rows as high as their highest box; those that a tall box takes together grow where they are lower than it. */
export function placeRows({ height, roles }: FlatGraph, { rank, span, count }: Ranks): Rows {
  const rowHeight = new Float64Array(count);
  const [tall, isBorder] = [[] as number[], new Uint8Array(count)];
  for (let vertex = 0; vertex < rank.length; vertex++) {
    if (roles[vertex] !== role.box) isBorder[rank[vertex]!] = 1;
    else if (span[vertex]! > 1) tall.push(vertex);
    else rowHeight[rank[vertex]!] = Math.max(rowHeight[rank[vertex]!]!, height[vertex]!);
  }
  const gapBelow = (row: number): number => (isBorder[row] || isBorder[row + 1] ? gaps.border : gaps.ranks);
  tall.sort((a, b) => rank[a]! + span[a]! - rank[b]! - span[b]! || a - b);
  for (const vertex of tall) {
    const last = rank[vertex]! + span[vertex]! - 1;
    let room = rowHeight[last]!;
    for (let row = rank[vertex]!; row < last; row++) room += rowHeight[row]! + gapBelow(row);
    rowHeight[last]! += Math.max(0, height[vertex]! - room);
  }
  const [top, bottom] = [new Float64Array(count), new Float64Array(count)];
  for (let row = 0, y = 0; row < count; row++) {
    top[row] = y;
    bottom[row] = y + Math.ceil(rowHeight[row]!);
    y = bottom[row]! + gapBelow(row);
  }
  return { top, bottom, height: bottom[count - 1] ?? 0 };
}
