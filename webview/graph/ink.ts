/** What a picture is drawn with: a canvas, or the text of an SVG. Lengths are those of the picture. */
export interface Ink {
  /** How strong all that follows is, 0 to 1. */
  fade(strength: number): void;
  box(x: number, y: number, width: number, height: number, radius: number, style: Stroke & { fill?: string }): void;
  path(trace: (pen: Pen) => void, style: Stroke & { fill?: string }): void;
  /** `y` is the text's base line. */
  text(text: string, x: number, y: number, style: TextStyle): void;
}

export interface Stroke {
  stroke?: string;
  width?: number;
  dash?: readonly number[];
}

export interface TextStyle {
  size: number;
  weight: number;
  color: string;
  align?: 'left' | 'center' | 'right';
  /** Colour of a rim around the letters, which sets them off from lines beneath. */
  rim?: string;
}

/** The part of a canvas context that paths need. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadraticCurveTo(controlX: number, controlY: number, x: number, y: number): void;
  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void;
  closePath(): void;
}

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
