import dagre from '@dagrejs/dagre';
import type { LayoutInput } from '../../webview/layout/types.ts';
import { numbers, type Net } from './nets.ts';

/** What a drawing is judged by: for each edge the points of its polyline, x and y in turn. */
export type Lines = readonly (readonly number[])[];

/** Boxes of usual sizes around a net's nodes. */
export function inputOf(net: Net): LayoutInput {
  const random = numbers(net.nodes);
  const count = net.nodes;
  return {
    width: Float32Array.from({ length: count }, () => 80 + 2 * Math.floor(random() * 40)),
    height: Float32Array.from({ length: count }, () => (random() < 0.5 ? 26 : 54)),
    parent: new Int32Array(count).fill(-1),
    container: new Uint8Array(count),
    titleHeight: 20,
    edges: Int32Array.from(net.from.flatMap((from, edge) => [from, net.to[edge]!])),
    values: Int32Array.from(net.from),
  };
}

export function linesOf({ starts, points }: { starts: Uint32Array; points: Float32Array }): Lines {
  return Array.from({ length: starts.length - 1 }, (_, edge) => Array.from(points.subarray(starts[edge], starts[edge + 1])));
}

/** What dagre makes of the same boxes with the same room between them. */
export function dagreLines({ width, height, edges }: LayoutInput, nodesep = 24, edgesep = 10, ranksep = 40): Lines {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ nodesep, edgesep, ranksep });
  width.forEach((wide, box) => graph.setNode(String(box), { width: wide, height: height[box]! }));
  for (let edge = 0; edge * 2 < edges.length; edge++) graph.setEdge(String(edges[edge * 2]), String(edges[edge * 2 + 1]), {}, String(edge));
  dagre.layout(graph);
  const lines: number[][] = [];
  for (const { v, w, name } of graph.edges()) {
    const { points } = graph.edge({ v, w, name: name! }) as { points: { x: number; y: number }[] };
    lines[Number(name)] = points.flatMap(({ x, y }) => [x, y]);
  }
  return lines;
}

/** Sum over all edges. */
export function totalLength(lines: Lines): number {
  let sum = 0;
  for (const line of lines)
    for (let i = 2; i < line.length; i += 2) sum += Math.hypot(line[i]! - line[i - 2]!, line[i + 1]! - line[i - 1]!);
  return sum;
}

interface Segment {
  edge: number;
  ax: number;
  ay: number;
  bx: number;
  by: number;
}

/**
 * Pairs of places where two edges without a common end cross, from the geometry alone. Each edge is shifted by a thousandth of a pixel of its own, so
 * that lines which meet in a bend or lie upon each other count as well.
 */
export function crossings(lines: Lines, edges: Int32Array): number {
  const random = numbers(1);
  const segments: Segment[] = [];
  lines.forEach((line, edge) => {
    const [dx, dy] = [random() / 1000, random() / 1000];
    for (let i = 2; i < line.length; i += 2) {
      const [a, b] = line[i - 1]! < line[i + 1]! ? [i - 2, i] : [i, i - 2];
      segments.push({ edge, ax: line[a]! + dx, ay: line[a + 1]! + dy, bx: line[b]! + dx, by: line[b + 1]! + dy });
    }
  });
  segments.sort((a, b) => a.ay - b.ay);
  let [count, active] = [0, [] as Segment[]];
  for (const segment of segments) {
    active = active.filter(({ by }) => by >= segment.ay);
    for (const other of active) if (!commonEnd(edges, segment.edge, other.edge) && cross(segment, other)) count++;
    active.push(segment);
  }
  return count;
}

function commonEnd(edges: Int32Array, a: number, b: number): boolean {
  const [from, to, otherFrom, otherTo] = [edges[a * 2], edges[a * 2 + 1], edges[b * 2], edges[b * 2 + 1]];
  return from === otherFrom || to === otherTo || from === otherTo || to === otherFrom;
}

function cross(a: Segment, b: Segment): boolean {
  const side = (s: Segment, x: number, y: number): number => (s.bx - s.ax) * (y - s.ay) - (s.by - s.ay) * (x - s.ax);
  return side(a, b.ax, b.ay) * side(a, b.bx, b.by) < 0 && side(b, a.ax, a.ay) * side(b, a.bx, a.by) < 0;
}
