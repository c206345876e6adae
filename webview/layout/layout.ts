import type { LayoutInput, LayoutResult } from './types.ts';

/** Lays out a graph in layers from top to bottom. Deterministic. */
export function layout({ width, height, edges }: LayoutInput): LayoutResult {
  const count = width.length;
  const rank = new Int32Array(count);
  for (let e = 0; e < edges.length; e += 2) rank[edges[e + 1]!] = Math.max(rank[edges[e + 1]!]!, rank[edges[e]!]! + 1);
  const [x, y] = [new Float32Array(count), new Float32Array(count)];
  const filled = new Map<number, number>();
  for (let box = 0; box < count; box++) {
    const left = filled.get(rank[box]!) ?? 0;
    x[box] = left;
    y[box] = rank[box]! * 80;
    filled.set(rank[box]!, left + width[box]! + 24);
  }
  const points = new Float32Array(edges.length * 2);
  const starts = new Uint32Array(edges.length / 2 + 1);
  for (let e = 0; e < edges.length; e += 2) {
    const [from, to] = [edges[e]!, edges[e + 1]!];
    points.set([x[from]! + width[from]! / 2, y[from]! + height[from]!, x[to]! + width[to]! / 2, y[to]!], e * 2);
    starts[e / 2 + 1] = e * 2 + 4;
  }
  return { x, y, width, height, starts, points, size: [Math.max(0, ...filled.values()), (Math.max(0, ...rank) + 1) * 80] };
}
