import type { View } from './camera.ts';
import { CanvasInk, type CanvasContext } from './canvas-ink.ts';
import { inSight, paintGround, type Painting } from './painter.ts';

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
    const fits = this.#kept?.of.every((part, at) => part === of[at]) && covers(this.#kept.view, view, exact);
    if (!fits) {
      const { boxes, edges } = inSight(painting.arranged, view);
      if (boxes.length + edges.length < many) {
        this.#kept = undefined;
        return paintGround(new CanvasInk(context, painting.theme.family), painting, view);
      }
      this.#repaint(painting, widened(view), of);
    }
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
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    const [x, y] = [place(kept.left, view.left), place(kept.top, view.top)];
    if (scale === 1) context.drawImage(this.#canvas, x, y);
    else context.drawImage(this.#canvas, x, y, this.#canvas.width * scale, this.#canvas.height * scale);
    context.restore();
  }
}

function widened(view: View): View {
  const [width, height] = [view.width * (1 + 2 * beyond), view.height * (1 + 2 * beyond)];
  const out = (length: number): number => Math.round(length * beyond * view.ratio) / view.ratio / view.zoom;
  return { ...view, left: view.left - out(view.width), top: view.top - out(view.height), width, height };
}

function covers(kept: View, view: View, exact: boolean): boolean {
  const scale = view.zoom / kept.zoom;
  if (kept.ratio !== view.ratio || scale > stretch || scale < 1 / stretch || (exact && scale !== 1)) return false;
  const inside = (low: number, length: number, keptLow: number, keptLength: number): boolean =>
    low >= keptLow && low + length / view.zoom <= keptLow + keptLength / kept.zoom;
  return inside(view.left, view.width, kept.left, kept.width) && inside(view.top, view.height, kept.top, kept.height);
}
