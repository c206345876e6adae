import { type FlatGraph, type FlatLayout, gaps, role } from './flat-graph.ts';
import { type Level, type Levels, splitLevels } from './levels.ts';
import { arrangeParts } from './parts.ts';
import type { LayoutInput, LayoutResult } from './types.ts';

/**
 * Lays out a graph in rows from top to bottom, the inside of each container by itself and independent of what is around it. Deterministic; the time
 * grows about linearly with boxes, edges and the rows that lines pass through.
 */
export function layout(input: LayoutInput): LayoutResult {
  const split = splitLevels(input);
  const { levels, inside } = split;
  // Even whole numbers: middles are whole, and lines exactly vertical.
  const [width, height] = [input.width.map(even), input.height.map(even)];
  const layouts: FlatLayout[] = [];
  const margins: { left: number; top: number }[] = [];
  for (const level of levels) {
    const drawn = arrangeParts(flatten(level, layouts, margins, inside, width, height));
    const { container } = level;
    layouts.push(drawn);
    if (container < 0) {
      margins.push({ left: 0, top: 0 });
      continue;
    }
    width[container] = even(Math.max(width[container]!, drawn.width + 2 * gaps.border));
    height[container] = even(Math.max(height[container]!, input.titleHeight + drawn.height + 2 * gaps.border));
    margins.push({ left: Math.round((width[container]! - drawn.width) / 2), top: input.titleHeight + gaps.border });
  }
  return compose(split, layouts, margins, width, height);
}

const even = (length: number): number => 2 * Math.ceil(length / 2);

/** A level whose inner containers have been laid out, as a flat graph. */
function flatten(
  { boxes, goesOut, from, to, fromInside, toInside, line }: Level,
  layouts: readonly FlatLayout[],
  margins: readonly { left: number }[],
  inside: Int32Array,
  width: Float32Array,
  height: Float32Array,
): FlatGraph {
  const places = goesOut.map(() => 0);
  const offset = (vertex: number, place: number): number => {
    if (place < 0) return 0;
    const box = boxes[vertex]!;
    return layouts[inside[box]!]!.x[place]! + margins[inside[box]!]!.left - width[box]! / 2;
  };
  const numbers = new Map<number, number>();
  return {
    width: Float64Array.from([...boxes.map((box) => width[box]!), ...places]),
    height: Float64Array.from([...boxes.map((box) => height[box]!), ...places]),
    roles: Uint8Array.from([...boxes.map(() => role.box), ...goesOut.map((out) => (out ? role.wayOut : role.wayIn))]),
    fixed: Uint8Array.from([...boxes.map((box) => Number(inside[box]! >= 0)), ...places]),
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    fromX: Float64Array.from(from, (vertex, link) => offset(vertex, fromInside[link]!)),
    toX: Float64Array.from(to, (vertex, link) => offset(vertex, toInside[link]!)),
    line: Int32Array.from(line, (number) => {
      if (!numbers.has(number)) numbers.set(number, numbers.size);
      return numbers.get(number)!;
    }),
  };
}

/** Everything at its place in the whole drawing. */
function compose(
  { levels, starts, level, link }: Levels,
  layouts: readonly FlatLayout[],
  margins: readonly { left: number; top: number }[],
  width: Float32Array,
  height: Float32Array,
): LayoutResult {
  const [x, y] = [new Float32Array(width.length), new Float32Array(width.length)];
  const origins = layouts.map(() => ({ x: 0, y: 0 }));
  for (let number = levels.length - 1; number >= 0; number--) {
    const { container, boxes } = levels[number]!;
    const drawn = layouts[number]!;
    const { left, top } = margins[number]!;
    if (container >= 0) origins[number] = { x: x[container]! + left, y: y[container]! + top };
    boxes.forEach((box, vertex) => {
      x[box] = origins[number]!.x + drawn.x[vertex]! - width[box]! / 2;
      y[box] = origins[number]!.y + drawn.y[vertex]!;
    });
  }
  const ends = new Uint32Array(starts.length);
  const points: number[] = [];
  for (let edge = 0; edge + 1 < starts.length; edge++) {
    const begin = points.length;
    for (let i = starts[edge]!; i < starts[edge + 1]!; i++) {
      const drawn = layouts[level[i]!]!;
      const origin = origins[level[i]!]!;
      for (let at = drawn.starts[link[i]!]!; at < drawn.starts[link[i]! + 1]!; at += 2) {
        addPoint(points, begin, drawn.points[at]! + origin.x, drawn.points[at + 1]! + origin.y);
      }
    }
    ends[edge + 1] = points.length;
  }
  const whole = layouts.at(-1)!;
  return { x, y, width, height, starts: ends, points: Float32Array.from(points), size: [whole.width, whole.height] };
}

/** Adds a point to a polyline; on a vertical stretch the one before gives way. */
function addPoint(points: number[], begin: number, x: number, y: number): void {
  const end = points.length;
  if (end - begin >= 4 && points[end - 2] === x && points[end - 4] === x) points[end - 1] = y;
  else if (end - begin < 2 || points[end - 2] !== x || points[end - 1] !== y) points.push(x, y);
}
