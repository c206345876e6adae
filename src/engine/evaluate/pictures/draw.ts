import type { Box, Picture } from '../../data/types.ts';
import type { Planes } from '../planes.ts';

export type Color = readonly [red: number, green: number, blue: number];

/** A picture for the eye: gray or RGB, whatever the order of channels in the tensor. */
export function pictureOf({ width, height, planes }: Planes, color: 'rgb' | 'bgr' | 'gray'): Picture {
  const ordered = color === 'bgr' ? [...planes].reverse() : planes;
  const channels = ordered.length as 1 | 3;
  const data = new Uint8Array(width * height * channels);
  ordered.forEach((plane, c) => plane.forEach((value, i) => (data[i * channels + c] = value)));
  return { width, height, channels, data };
}

/** A copy in RGB to draw on. */
export function canvasOf({ width, height, channels, data }: Picture): Picture {
  if (channels === 3) return { width, height, channels, data: Uint8Array.from(data) };
  return { width, height, channels: 3, data: Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)]!) };
}

/** A line is a pixel in small pictures, two and more in those of 240 pixels and more. */
const lineOf = ({ width, height }: Picture): number => Math.max(1, Math.round(Math.min(width, height) / 160));

/** The frame of a box, its line inside of it; landmarks as small squares. What lies outside the picture is left out. */
export function drawBox(canvas: Picture, { x, y, width, height, landmarks = [] }: Box, color: Color): void {
  const line = lineOf(canvas);
  const [left, top] = [Math.round(x), Math.round(y)];
  const [right, bottom] = [Math.max(left + 1, Math.round(x + width)), Math.max(top + 1, Math.round(y + height))];
  fill(canvas, left, top, right, top + line, color);
  fill(canvas, left, bottom - line, right, bottom, color);
  fill(canvas, left, top, left + line, bottom, color);
  fill(canvas, right - line, top, right, bottom, color);
  for (const point of landmarks) {
    if (!point) continue;
    const [u, v] = [Math.round(point[0]), Math.round(point[1])];
    fill(canvas, u - line, v - line, u + line, v + line, color);
  }
}

function fill({ width, height, data }: Picture, left: number, top: number, right: number, bottom: number, color: Color): void {
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++)
    for (let x = Math.max(0, left); x < Math.min(width, right); x++) data.set(color, (y * width + x) * 3);
}
