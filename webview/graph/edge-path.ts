import type { LayoutResult } from '../layout/types.ts';
import type { Pen } from './ink.ts';
import type { View } from './camera.ts';

const corner = 10;

/**
 * The line of an edge as it is seen: right angles are rounded; other lines run out of each point downwards and into the next from above, so that they are smooth.
 */
export function traceEdge(pen: Pen, { starts, points }: LayoutResult, edge: number, { left, top, zoom }: View): void {
  const [start, end] = [starts[edge]!, starts[edge + 1]!];
  if (end - start < 4) return;
  const x = (at: number): number => (points[at]! - left) * zoom;
  const y = (at: number): number => (points[at + 1]! - top) * zoom;
  pen.moveTo(x(start), y(start));
  const square = isSquare(points, start, end);
  for (let at = start + 2; at < end; at += 2) {
    const [x0, y0, x1, y1] = [x(at - 2), y(at - 2), x(at), y(at)];
    if (square && at + 2 < end) roundCorner(pen, [x0, y0], [x1, y1], [x(at + 2), y(at + 2)], corner * zoom);
    else if (square || Math.abs(x0 - x1) < 0.5 || y1 <= y0) pen.lineTo(x1, y1);
    else pen.bezierCurveTo(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1);
  }
}

/** Every part runs along an axis, and not all along one. */
function isSquare(points: Float32Array, start: number, end: number): boolean {
  for (let at = start + 2; at < end; at += 2) {
    if (Math.abs(points[at]! - points[at - 2]!) > 0.01 && Math.abs(points[at + 1]! - points[at - 1]!) > 0.01) return false;
  }
  return true;
}

type Point = [x: number, y: number];

function roundCorner(pen: Pen, before: Point, at: Point, after: Point, radius: number): void {
  const towards = ([x, y]: Point, share: number): Point => [at[0] + (x - at[0]) * share, at[1] + (y - at[1]) * share];
  const length = (to: Point): number => Math.hypot(to[0] - at[0], to[1] - at[1]) || 1;
  const [first, second] = [length(before), length(after)];
  const cut = Math.min(radius, first / 2, second / 2);
  pen.lineTo(...towards(before, cut / first));
  pen.quadraticCurveTo(...at, ...towards(after, cut / second));
}

/** An arrow's head at an edge's end, pointing the way of its last part. */
export function traceHead(pen: Pen, { starts, points }: LayoutResult, edge: number, { left, top, zoom }: View, size: number): void {
  const end = starts[edge + 1]! - 2;
  if (end - starts[edge]! < 2) return;
  const [x, y] = [(points[end]! - left) * zoom, (points[end + 1]! - top) * zoom];
  const up = points[end + 1]! < points[end - 1]! ? -1 : 1;
  pen.moveTo(x, y);
  pen.lineTo(x - size * 0.55, y - up * size);
  pen.lineTo(x + size * 0.55, y - up * size);
  pen.closePath();
}

/** Distance of a point of the drawing from an edge, in its units. */
export function distanceToEdge({ starts, points }: LayoutResult, edge: number, x: number, y: number): number {
  let nearest = Infinity;
  for (let at = starts[edge]! + 2; at < starts[edge + 1]!; at += 2) {
    const [x0, y0, x1, y1] = [points[at - 2]!, points[at - 1]!, points[at]!, points[at + 1]!];
    // The smooth line between two points, taken at eight places.
    for (let step = 0; step < 8; step++) {
      const [a, b] = [smooth(step / 8), smooth((step + 1) / 8)];
      const from: Point = [x0 + (x1 - x0) * a, y0 + (y1 - y0) * (step / 8)];
      const to: Point = [x0 + (x1 - x0) * b, y0 + (y1 - y0) * ((step + 1) / 8)];
      nearest = Math.min(nearest, distanceToLine(from, to, x, y));
    }
  }
  return nearest;
}

const smooth = (t: number): number => t * t * (3 - 2 * t);

function distanceToLine([x0, y0]: Point, [x1, y1]: Point, x: number, y: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const share = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}
