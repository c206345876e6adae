import type { View } from './camera.ts';
import type { Arranged, Looks } from './picture.ts';
import type { Theme } from './theme.ts';

/** Largest size, CSS pixels. */
const most = { width: 168, height: 200 };
const margin = 4;
/** A graph much taller than wide (or the reverse) is drawn up to so many times wider than it is, up to this width, so that something is seen of it. */
const [stretch, narrow] = [8, 40];

/** The whole graph in small: painted once for each layout and overlay; a frame shows what is in sight. */
export class Minimap {
  readonly #picture = new OffscreenCanvas(1, 1);
  #across = 1;
  #down = 1;
  /** CSS pixels. */
  width = 0;
  height = 0;

  /** Paints anew. */
  draw({ layout, scene, frames }: Arranged, looks: Looks, theme: Theme, ratio: number): void {
    const [wide, high] = layout.size;
    const scale = Math.min((most.width - 2 * margin) / Math.max(1, wide), (most.height - 2 * margin) / Math.max(1, high));
    const stretched = (length: number): number => Math.max(scale, Math.min(scale * stretch, narrow / Math.max(1, length)));
    [this.#across, this.#down] = [stretched(wide), stretched(high)];
    this.width = Math.max(28, Math.ceil(wide * this.#across) + 2 * margin);
    this.height = Math.max(28, Math.ceil(high * this.#down) + 2 * margin);
    [this.#picture.width, this.#picture.height] = [this.width * ratio, this.height * ratio];
    const context = this.#picture.getContext('2d')!;
    context.setTransform(ratio * this.#across, 0, 0, ratio * this.#down, this.#left(wide) * ratio, margin * ratio);
    for (const frame of frames) {
      context.fillStyle = theme.frames[Math.min(scene.boxes[frame]!.depth, theme.frames.length - 1)]!.fill;
      context.fillRect(layout.x[frame]!, layout.y[frame]!, layout.width[frame]!, layout.height[frame]!);
    }
    const [thin, flat] = [1 / (this.#across * ratio), 1 / (this.#down * ratio)];
    scene.boxes.forEach((box, id) => {
      if (box.container) return;
      const [share, height] = [looks.share(id), Math.max(flat, layout.height[id]!)];
      const fill = (color: string, width: number): void => {
        context.fillStyle = color;
        context.fillRect(layout.x[id]!, layout.y[id]!, Math.max(thin, width), height);
      };
      if (share < 1) fill(theme.plain.block, layout.width[id]!);
      fill(looks.blocks[id]!, layout.width[id]! * share);
    });
  }

  #left(wide: number): number {
    return (this.width - wide * this.#across) / 2;
  }

  /** Onto the minimap's canvas, with the frame around what is in sight. Hidden while that is all. */
  show(canvas: HTMLCanvasElement, layout: Arranged['layout'], view: View, theme: Theme): void {
    const { ratio } = view;
    const [right, bottom] = [view.left + view.width / view.zoom, view.top + view.height / view.zoom];
    canvas.hidden = view.left <= 0 && view.top <= 0 && right >= layout.size[0] && bottom >= layout.size[1];
    if (canvas.hidden) return;
    const [width, height] = [this.width * ratio, this.height * ratio];
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      [canvas.style.width, canvas.style.height] = [`${this.width}px`, `${this.height}px`];
    }
    const context = canvas.getContext('2d')!;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.#picture, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const left = this.#left(layout.size[0]);
    const x0 = Math.max(1, left + view.left * this.#across);
    const y0 = Math.max(1, margin + view.top * this.#down);
    const x1 = Math.min(this.width - 1, left + right * this.#across);
    const y1 = Math.min(this.height - 1, margin + bottom * this.#down);
    context.strokeStyle = theme.focus;
    context.lineWidth = 1.5;
    context.strokeRect(x0, y0, Math.max(3, x1 - x0), Math.max(3, y1 - y0));
  }

  /** The drawing's point under a point of the minimap. */
  point(layout: Arranged['layout'], x: number, y: number): [x: number, y: number] {
    return [(x - this.#left(layout.size[0])) / this.#across, (y - margin) / this.#down];
  }
}
