import type { View } from './camera.ts';
import { CanvasInk, type CanvasContext } from './canvas-ink.ts';
import { paintGround } from './painter.ts';
import type { Painting } from './painting.ts';
import { inSight } from './picture.ts';

/** From this many boxes and edges in sight on, a picture of them is kept while the view moves. */
const many = 2500;
/** Painted beyond each border of the view, as a share of its size. */
const beyond = 0.35;
/** How much nearer or farther a kept picture is shown than it was painted before it is painted anew. */
const stretch = 1.4;

/**
 * Seen from afar a graph may have tens of thousands of boxes in sight, which take longer to paint than a frame has time. While the view moves, the
 * picture painted last is moved and stretched instead; at rest it is painted exactly.
 */
export class FarPicture {
  readonly #canvas = new OffscreenCanvas(1, 1);
  #kept: { view: View; of: unknown[] } | undefined;

  /** Paints ground, frames, edges and boxes. `exact`: the view is at rest. Without many things in sight nothing is kept. */
  paint(context: CanvasContext, painting: Painting, view: View, exact: boolean): void {
    const of = [painting.arranged, painting.looks, painting.theme, painting.emphasis.marked];
    const needed = cut(view, painting);
    const fits = this.#kept?.of.every((part, at) => part === of[at]) && covers(this.#kept.view, needed, exact);
    if (!fits) {
      const { boxes, edges } = inSight(painting.arranged, view);
      if (boxes.length + edges.length < many) {
        this.#kept = undefined;
        return paintGround(new CanvasInk(context, painting.theme.family), painting, view);
      }
      this.#repaint(painting, cut(widened(view), painting), of);
    }
    context.fillStyle = painting.theme.ground;
    context.fillRect(0, 0, view.width, view.height);
    this.#show(context, this.#kept!.view, view);
  }

  #repaint(painting: Painting, view: View, of: unknown[]): void {
    const [width, height] = [Math.ceil(view.width * view.ratio), Math.ceil(view.height * view.ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) [this.#canvas.width, this.#canvas.height] = [width, height];
    const context = this.#canvas.getContext('2d', { alpha: false })!;
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    paintGround(new CanvasInk(context, painting.theme.family), painting, view);
    this.#kept = { view, of };
  }

  #show(context: CanvasContext, kept: View, view: View): void {
    const scale = view.zoom / kept.zoom;
    const place = (from: number, to: number): number => Math.round((from - to) * view.zoom * view.ratio);
    if (this.#canvas.width === 0 || this.#canvas.height === 0) return;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    // While the view moves, speed is worth more than smoothness; at rest nothing is stretched.
    context.imageSmoothingEnabled = false;
    const [x, y] = [place(kept.left, view.left), place(kept.top, view.top)];
    if (scale === 1) context.drawImage(this.#canvas, x, y);
    else context.drawImage(this.#canvas, x, y, this.#canvas.width * scale, this.#canvas.height * scale);
    context.restore();
  }
}

function widened(view: View): View {
  const { left, top, width, height, zoom } = view;
  const [wide, high] = [width * beyond, height * beyond];
  return { ...view, left: left - wide / zoom, top: top - high / zoom, width: width + 2 * wide, height: height + 2 * high };
}

/** The part of a view in which there is something of the graph, on whole device pixels. */
function cut(view: View, { arranged }: Painting): View {
  const [wide, high] = arranged.layout.size;
  const pixel = 1 / (view.zoom * view.ratio);
  // A little more than the graph: borders and blocks are at least a pixel wide.
  const from = (low: number): number => Math.floor(Math.max(low, -4 * pixel) / pixel) * pixel;
  const to = (high: number, end: number): number => Math.ceil(Math.min(high, end + 4 * pixel) / pixel) * pixel;
  const [left, top] = [from(view.left), from(view.top)];
  const [right, bottom] = [to(view.left + view.width / view.zoom, wide), to(view.top + view.height / view.zoom, high)];
  return { ...view, left, top, width: Math.max(0, right - left) * view.zoom, height: Math.max(0, bottom - top) * view.zoom };
}

function covers(kept: View, view: View, exact: boolean): boolean {
  const scale = view.zoom / kept.zoom;
  if (kept.ratio !== view.ratio || scale > stretch || scale < 1 / stretch || (exact && scale !== 1)) return false;
  const slack = 2 / (kept.zoom * kept.ratio);
  const inside = (low: number, length: number, keptLow: number, keptLength: number): boolean =>
    low >= keptLow - slack && low + length / view.zoom <= keptLow + keptLength / kept.zoom + slack;
  return inside(view.left, view.width, kept.left, kept.width) && inside(view.top, view.height, kept.top, kept.height);
}
