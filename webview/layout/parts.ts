import { groupBy } from './adjacency.ts';
import { arrange } from './arrange.ts';
import { type FlatGraph, type FlatLayout, gaps, role } from './flat-graph.ts';

/**
 * Lays out the parts of a graph that no link joins each by itself, and packs them: beside each other in shelves, so that the whole is about as wide
 * as high. What has to do with the border comes first, as one part.
 */
export function arrangeParts(graph: FlatGraph): FlatLayout {
  const { part, count } = partsOf(graph);
  if (count === 1) return arrange(graph);
  const vertices = groupBy(count, part);
  const links = groupBy(
    count,
    graph.from.map((vertex) => part[vertex]!),
  );
  const index = new Int32Array(part.length);
  const layouts: FlatLayout[] = [];
  for (let number = 0; number < count; number++) {
    const own = vertices.items.subarray(vertices.starts[number]!, vertices.starts[number + 1]!);
    const ownLinks = links.items.subarray(links.starts[number]!, links.starts[number + 1]!);
    own.forEach((vertex, i) => (index[vertex] = i));
    layouts.push(ownLinks.length === 0 && own.length === 1 ? single(graph, own[0]!) : arrange(extract(graph, own, ownLinks, index)));
  }
  const hasBorder = graph.roles.some((kind) => kind !== role.box);
  return pack(graph, layouts, vertices, links, hasBorder);
}

/** The part of each vertex; parts are numbered in the order of the input. */
function partsOf({ roles, from, to }: FlatGraph): { part: Int32Array; count: number } {
  const root = Int32Array.from(roles.keys());
  const find = (vertex: number): number => {
    while (root[vertex] !== vertex) vertex = root[vertex] = root[root[vertex]!]!;
    return vertex;
  };
  const join = (a: number, b: number): void => {
    const [one, other] = [find(a), find(b)];
    root[Math.max(one, other)] = Math.min(one, other);
  };
  const border = roles.findIndex((kind) => kind !== role.box);
  for (let vertex = 0; vertex < roles.length; vertex++) if (roles[vertex] !== role.box) join(vertex, border);
  for (let link = 0; link < from.length; link++) join(from[link]!, to[link]!);
  const numbers = new Int32Array(roles.length).fill(-1);
  let count = 0;
  if (border >= 0) numbers[find(border)] = count++;
  const part = new Int32Array(roles.length);
  for (let vertex = 0; vertex < roles.length; vertex++) {
    const at = find(vertex);
    if (numbers[at]! < 0) numbers[at] = count++;
    part[vertex] = numbers[at]!;
  }
  return { part, count };
}

function extract(graph: FlatGraph, vertices: Int32Array, links: Int32Array, index: Int32Array): FlatGraph {
  const lines = new Map<number, number>();
  const line = Int32Array.from(links, (link) => {
    const number = graph.line[link]!;
    if (!lines.has(number)) lines.set(number, lines.size);
    return lines.get(number)!;
  });
  return {
    width: Float64Array.from(vertices, (vertex) => graph.width[vertex]!),
    height: Float64Array.from(vertices, (vertex) => graph.height[vertex]!),
    roles: Uint8Array.from(vertices, (vertex) => graph.roles[vertex]!),
    fixed: Uint8Array.from(vertices, (vertex) => graph.fixed[vertex]!),
    from: links.map((link) => index[graph.from[link]!]!),
    to: links.map((link) => index[graph.to[link]!]!),
    fromX: Float64Array.from(links, (link) => graph.fromX[link]!),
    toX: Float64Array.from(links, (link) => graph.toX[link]!),
    line,
  };
}

function single({ width, height }: FlatGraph, vertex: number): FlatLayout {
  const [w, h] = [width[vertex]!, height[vertex]!];
  return { x: Float64Array.of(w / 2), y: Float64Array.of(0), width: w, height: h, starts: new Uint32Array(1), points: new Float64Array() };
}

/** Left upper corners of the parts. With a border the first part is as high as the whole, so the others stand beside it. */
function corners(layouts: readonly FlatLayout[], hasBorder: boolean): { left: number[]; top: number[]; width: number; height: number } {
  const area = layouts.reduce((sum, { width, height }) => sum + (width + gaps.parts) * (height + gaps.parts), 0);
  const begin = hasBorder ? layouts[0]!.width + gaps.parts : 0;
  const most = Math.max(begin + Math.sqrt(area), ...layouts.map(({ width }, i) => width + (i ? begin : 0)));
  const [left, top] = [[] as number[], [] as number[]];
  let [x, y, shelf, width, height] = [0, 0, 0, 0, 0];
  layouts.forEach((part, i) => {
    if (x > begin && x + part.width > most) [x, y, shelf] = [begin, y + shelf + gaps.parts, 0];
    left.push(x);
    top.push(y);
    x += part.width + gaps.parts;
    if (!hasBorder || i > 0) shelf = Math.max(shelf, part.height);
    width = Math.max(width, x - gaps.parts);
    height = Math.max(height, y + part.height);
  });
  return { left, top, width, height };
}

function pack(
  { roles, from }: FlatGraph,
  layouts: readonly FlatLayout[],
  vertices: ReturnType<typeof groupBy>,
  links: ReturnType<typeof groupBy>,
  hasBorder: boolean,
): FlatLayout {
  const { left, top, width, height } = corners(layouts, hasBorder);
  const [x, y] = [new Float64Array(roles.length), new Float64Array(roles.length)];
  const starts = new Uint32Array(from.length + 1);
  layouts.forEach((layout, part) => {
    for (let i = vertices.starts[part]!, own = 0; i < vertices.starts[part + 1]!; i++, own++) {
      const vertex = vertices.items[i]!;
      x[vertex] = layout.x[own]! + left[part]!;
      y[vertex] = layout.y[own]! + top[part]!;
    }
    for (let i = links.starts[part]!, own = 0; i < links.starts[part + 1]!; i++, own++) {
      starts[links.items[i]! + 1] = layout.starts[own + 1]! - layout.starts[own]!;
    }
  });
  for (let link = 0; link < from.length; link++) starts[link + 1]! += starts[link]!;
  const points = new Float64Array(starts[from.length]!);
  layouts.forEach((layout, part) => {
    for (let i = links.starts[part]!, own = 0; i < links.starts[part + 1]!; i++, own++) {
      const begin = starts[links.items[i]!]!;
      for (let at = layout.starts[own]!, to = begin; at < layout.starts[own + 1]!; at += 2, to += 2) {
        points[to] = layout.points[at]! + left[part]!;
        points[to + 1] = layout.points[at + 1]! + top[part]!;
      }
    }
  });
  return { x, y, width, height, starts, points };
}
