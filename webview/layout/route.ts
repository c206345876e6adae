import { type FlatGraph, type FlatLayout, gaps, role } from './flat-graph.ts';
import type { OuterLanes } from './outer-lanes.ts';
import type { ProperGraph } from './proper-graph.ts';
import type { Ranks } from './ranks.ts';
import type { Rows } from './rows.ts';

/** Most room between two edges at the border of a box, CSS pixels, and what is left free at its corners. */
const [spread, corner] = [12, 10];

/** Boxes in the middle of their rows, and links as polylines: slanted between rows only, so that they pass through no box. */
export function route(
  graph: FlatGraph,
  ranks: Ranks,
  proper: ProperGraph,
  rows: Rows,
  x: Float64Array,
  width: number,
  lanes: OuterLanes,
): FlatLayout {
  const { height, from, to } = graph;
  const { rank, span } = ranks;
  const y = new Float64Array(rank.length);
  for (let vertex = 0; vertex < y.length; vertex++) {
    const [top, bottom] = [rows.top[rank[vertex]!]!, rows.bottom[rank[vertex]! + span[vertex]! - 1]!];
    y[vertex] = span[vertex]! > 1 ? top : top + Math.floor((bottom - top - height[vertex]!) / 2);
  }
  const { leaves, enters } = spreadEnds(graph, proper, x);
  const laneRoom = lanes.count > 0 ? gaps.boxAndLine + lanes.count * gaps.lines : 0;
  const starts = new Uint32Array(from.length + 1);
  const points: number[] = [];
  const edgeInto = edgesOfLinks(graph, ranks, proper);
  let begin = 0;
  const add = (px: number, py: number): void => {
    const end = points.length;
    if (end - begin >= 2 && points[end - 2] === px && points[end - 1] === py) return;
    const bent = end - begin < 4 || points[end - 2] !== px || points[end - 4] !== px;
    if (bent) points.push(px, py);
    else points[end - 1] = py;
  };
  for (let link = 0; link < from.length; link++) {
    begin = points.length;
    const [source, target] = [from[link]!, to[link]!];
    const lastRow = rank[source]! + span[source]! - 1;
    const startX = x[source]! + (leaves[edgeInto.leaving[link]!] ?? graph.fromX[link]!);
    const endX = x[target]! + (enters[edgeInto.entering[link]!] ?? graph.toX[link]!);
    add(startX, y[source]! + height[source]!);
    add(startX, rows.bottom[lastRow]!);
    const lane = lanes.lane[link]!;
    const passes = lane >= 0 || proper.through[link]! > 0;
    if (passes) {
      // Below its source and above its target, also where it leads back up.
      const lineX = lane >= 0 ? width + gaps.boxAndLine + lane * gaps.lines : x[proper.first[link]!]!;
      add(lineX, rows.top[lastRow + 1]!);
      add(lineX, rows.bottom[rank[target]! - 1]!);
    }
    add(endX, rows.top[rank[target]!]!);
    add(endX, y[target]!);
    starts[link + 1] = points.length;
  }
  return { x: x.slice(0, rank.length), y, width: width + laneRoom, height: rows.height, starts, points: Float64Array.from(points) };
}

/** The edges with which each link leaves its source and enters its target. */
function edgesOfLinks(
  { from, to }: FlatGraph,
  { rank }: Ranks,
  { tail, head, down, up, bottom, first, through }: ProperGraph,
): { leaving: Int32Array; entering: Int32Array } {
  const [leaving, entering] = [new Int32Array(from.length).fill(-1), new Int32Array(from.length).fill(-1)];
  for (let link = 0; link < from.length; link++) {
    const [source, target] = [bottom[from[link]!]!, to[link]!];
    const count = through[link]!;
    const above = count > 0 && first[link]! >= 0;
    const upwards = above && rank[target]! <= rank[from[link]!]!;
    const firstStop = !above ? target : upwards ? first[link]! + count - 1 : first[link]!;
    const lastStop = !above ? source : upwards ? first[link]! : first[link]! + count - 1;
    for (let i = down.starts[source]!; i < down.starts[source + 1]!; i++)
      if (head[down.items[i]!] === firstStop) leaving[link] = down.items[i]!;
    for (let i = up.starts[target]!; i < up.starts[target + 1]!; i++) if (tail[up.items[i]!] === lastStop) entering[link] = up.items[i]!;
  }
  return { leaving, entering };
}

/** Where edges meet the borders of boxes: a straight one in its place, the others beside it in the order of where they come from. */
function spreadEnds({ roles, fixed }: FlatGraph, proper: ProperGraph, x: Float64Array): { leaves: Float64Array; enters: Float64Array } {
  const { tail, head, tailX, headX, width, bottom } = proper;
  const [leaves, enters] = [tailX.slice(), headX.slice()];
  const spreadAt = (vertex: number, edges: Int32Array, ends: Int32Array, endX: Float64Array, offsets: Float64Array): void => {
    if (edges.length < 2) return;
    const away = (edge: number): number => x[ends[edge]!]! + endX[edge]! - x[vertex]!;
    const room = Math.max(0, width[vertex]! / 2 - corner);
    const [left, right] = [-1, 1].map((side) =>
      Array.from(edges)
        .filter((edge) => side * away(edge) > 0)
        .sort((a, b) => Math.abs(away(a)) - Math.abs(away(b)) || side * (a - b)),
    ) as [number[], number[]];
    const first = left.length + right.length < edges.length ? 1 : 0.5;
    const step = Math.min(spread, room / (Math.max(left.length, right.length) - 1 + first));
    // As far out as where they lead, so that they are short, and in its order.
    for (const [side, list] of [
      [-1, left],
      [1, right],
    ] as const) {
      let most = room;
      for (let i = list.length - 1; i >= 0; i--, most -= step) {
        const offset = Math.max((i + first) * step, Math.min(most, Math.abs(away(list[i]!))));
        offsets[list[i]!] = side * offset;
        most = offset;
      }
    }
  };
  const count = roles.length;
  const { down: leaving, up: entering } = proper;
  for (let vertex = 0; vertex < count; vertex++) {
    if (roles[vertex] !== role.box || fixed[vertex]) continue;
    spreadAt(vertex, entering.items.subarray(entering.starts[vertex]!, entering.starts[vertex + 1]!), tail, tailX, enters);
    const foot = bottom[vertex]!;
    spreadAt(foot, leaving.items.subarray(leaving.starts[foot]!, leaving.starts[foot + 1]!), head, headX, leaves);
  }
  return { leaves, enters };
}
