import type { View } from './camera.ts';
import type { CanvasContext } from './canvas-ink.ts';
import { faint, type Painting } from './painting.ts';

/**
 * Paints boxes and edges seen from afar: blocks of colour and thin lines, straight onto the canvas. Everything lies on whole device pixels and is a filled
 * rectangle where it can be, by colour: that is several times faster without a graphics card than paths are.
 */
export function paintFar(context: CanvasContext, painting: Painting, view: View, boxes: readonly number[], edges: readonly number[]): void {
  const { marked } = painting.emphasis;
  const { scene } = painting.arranged;
  const isMarked = (edge: number): boolean => marked!.has(scene.edges[edge]!.from) && marked!.has(scene.edges[edge]!.to);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  if (marked) {
    context.globalAlpha = faint;
    farEdges(context, painting, view, edges.filter((edge) => !isMarked(edge))); // prettier-ignore
    farBoxes(context, painting, view, boxes.filter((box) => !marked.has(box))); // prettier-ignore
    context.globalAlpha = 1;
  }
  farEdges(context, painting, view, marked ? edges.filter(isMarked) : edges);
  farBoxes(context, painting, view, marked ? boxes.filter((box) => marked.has(box)) : boxes);
  context.restore();
}

function farBoxes(context: CanvasContext, { arranged, looks, theme }: Painting, view: View, boxes: readonly number[]): void {
  const { layout, scene } = arranged;
  const scale = view.zoom * view.ratio;
  const byColor = new Map<string, number[]>();
  for (const box of boxes) {
    if (scene.boxes[box]!.container) continue;
    const color = looks.blocks[box]!;
    const list = byColor.get(color);
    if (list) list.push(box);
    else byColor.set(color, [box]);
  }
  const fill = (box: number, share: number): void => {
    const x = Math.round((layout.x[box]! - view.left) * scale);
    const y = Math.round((layout.y[box]! - view.top) * scale);
    const width = Math.round(((layout.x[box]! + layout.width[box]! - view.left) * scale - x) * share);
    const height = Math.round((layout.y[box]! + layout.height[box]! - view.top) * scale) - y;
    context.fillRect(x, y, width < 1 ? 1 : width, height < 1 ? 1 : height);
  };
  context.fillStyle = theme.plain.block;
  for (const list of byColor.values()) for (const box of list) if (looks.share(box) < 1) fill(box, 1);
  for (const [color, list] of byColor) {
    context.fillStyle = color;
    for (const box of list) fill(box, looks.share(box));
  }
}

/** Parts shorter than this are not to be told from the boxes at their ends; device pixels. */
const leastPart = 2;

function farEdges(context: CanvasContext, { arranged, theme }: Painting, view: View, edges: readonly number[]): void {
  const { starts, points } = arranged.layout;
  const scale = view.zoom * view.ratio;
  const line = Math.max(1, Math.round(view.ratio * 0.75));
  context.strokeStyle = context.fillStyle = theme.farEdge;
  context.lineWidth = line;
  context.beginPath();
  for (const edge of edges) {
    let x = Math.round((points[starts[edge]!]! - view.left) * scale);
    let y = Math.round((points[starts[edge]! + 1]! - view.top) * scale);
    for (let at = starts[edge]! + 2; at < starts[edge + 1]!; at += 2) {
      const nextX = Math.round((points[at]! - view.left) * scale);
      const nextY = Math.round((points[at + 1]! - view.top) * scale);
      const [wide, high] = [Math.abs(nextX - x), Math.abs(nextY - y)];
      if (wide + high < leastPart) continue;
      if (wide <= 1) context.fillRect(x, Math.min(y, nextY), line, high);
      else if (high <= 1) context.fillRect(Math.min(x, nextX), y, wide, line);
      else {
        context.moveTo(x + line / 2, y);
        context.lineTo(nextX + line / 2, nextY);
      }
      [x, y] = [nextX, nextY];
    }
  }
  context.stroke();
}
