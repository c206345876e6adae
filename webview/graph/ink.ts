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
