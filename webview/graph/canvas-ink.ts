import type { Ink, Pen, Stroke, TextStyle } from './ink.ts';

export type CanvasContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws on a canvas. */
export class CanvasInk implements Ink {
  readonly context: CanvasContext;
  readonly #family: string;

  constructor(context: CanvasContext, family: string) {
    this.context = context;
    this.#family = family;
    context.lineJoin = 'round';
  }

  fade(strength: number): void {
    this.context.globalAlpha = strength;
  }

  box(x: number, y: number, width: number, height: number, radius: number, style: Stroke & { fill?: string }): void {
    const context = this.context;
    if (radius === 0 && style.fill && !style.stroke) {
      context.fillStyle = style.fill;
      context.fillRect(x, y, width, height); // needs no path: several times faster
      return;
    }
    context.beginPath();
    if (radius > 0) context.roundRect(x, y, width, height, radius);
    else context.rect(x, y, width, height);
    this.#finish(style);
  }

  path(trace: (pen: Pen) => void, style: Stroke & { fill?: string }): void {
    this.context.beginPath();
    trace(this.context);
    this.#finish(style);
  }

  #finish({ fill, stroke, width = 1, dash }: Stroke & { fill?: string }): void {
    const context = this.context;
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    if (!stroke) return;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    if (dash) context.setLineDash(dash as number[]);
    context.stroke();
    if (dash) context.setLineDash([]);
  }

  text(text: string, x: number, y: number, { size, weight, color, align = 'left', rim }: TextStyle): void {
    const context = this.context;
    // Few different sizes: letters are kept by size once they have been drawn.
    context.font = `${weight} ${Math.round(size * 4) / 4}px ${this.#family}`;
    context.textAlign = align;
    if (rim) {
      context.strokeStyle = rim;
      context.lineWidth = 3;
      context.strokeText(text, x, y);
    }
    context.fillStyle = color;
    context.fillText(text, x, y);
  }
}
