import { inset } from './box-size.ts';
import type { View } from './camera.ts';
import { distanceToEdge } from './edge-path.ts';
import type { Arranged } from './picture.ts';

/** What lies under a point of the view. */
export type Hit = { kind: 'box'; box: number; fold: boolean } | { kind: 'edge'; edge: number } | { kind: 'ground' };

/** CSS pixels around an edge that still count as the edge. */
const reach = 6;

/** `x`, `y`: CSS pixels from the view's left upper corner. Boxes before edges, inner boxes before the frames around them. */
export function hitTest(arranged: Arranged, { left, top, zoom }: View, x: number, y: number): Hit {
  const { scene, layout, boxIndex, partIndex, partEdge } = arranged;
  const [dx, dy] = [left + x / zoom, top + y / zoom];
  let found = -1;
  boxIndex.search(dx, dy, dx, dy, (box) => {
    if (found < 0 || scene.boxes[box]!.depth > scene.boxes[found]!.depth) found = box;
  });
  if (found >= 0 && !scene.boxes[found]!.container) return { kind: 'box', box: found, fold: onFold(arranged, found, dx, dy, zoom) };
  const near = reach / zoom;
  let [edge, distance] = [-1, near];
  partIndex.search(dx - near, dy - near, dx + near, dy + near, (part) => {
    const candidate = partEdge[part]!;
    const apart = distanceToEdge(layout, candidate, dx, dy);
    if (apart < distance) [edge, distance] = [candidate, apart];
  });
  if (edge >= 0) return { kind: 'edge', edge };
  // Of a frame only its title: its ground is ground to drag and to draw a selection on.
  if (found >= 0 && dy - layout.y[found]! < Math.max(scene.input.titleHeight, 18 / zoom))
    return { kind: 'box', box: found, fold: onFold(arranged, found, dx, dy, zoom) };
  return { kind: 'ground' };
}

/** The sign that folds: at the right end of a box's title, at the left end of a frame's; larger than it is drawn. */
function onFold({ scene, layout }: Arranged, box: number, x: number, y: number, zoom: number): boolean {
  const { group, container } = scene.boxes[box]!;
  if (group < 0) return false;
  const size = Math.max(26, 16 / zoom);
  if (y - layout.y[box]! > Math.max(30, size)) return false;
  return container ? x - layout.x[box]! < size : layout.x[box]! + layout.width[box]! - x < size + inset / 4;
}

/** Boxes, frames excepted, that touch a rectangle of the view. */
export function boxesWithin(
  { boxIndex, scene }: Arranged,
  { left, top, zoom }: View,
  from: [number, number],
  to: [number, number],
): number[] {
  const boxes: number[] = [];
  const [x0, x1] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])];
  const [y0, y1] = [Math.min(from[1], to[1]), Math.max(from[1], to[1])];
  boxIndex.search(
    left + x0 / zoom,
    top + y0 / zoom,
    left + x1 / zoom,
    top + y1 / zoom,
    (box) => scene.boxes[box]!.container || boxes.push(box),
  );
  return boxes.sort((a, b) => a - b);
}
