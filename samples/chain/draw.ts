import { seededRandom, type Random } from '../../src/engine/base/random.ts';
import { classes, shapes, type Inside } from '../shapes/draw.ts';

/** Side of a picture in pixels. */
export const side = 64;

/** x, y, width, height in pixels: around all that is seen of a shape. */
export type DrawnBox = readonly [number, number, number, number];

export interface Scene {
  /** RGB, interleaved. */
  readonly picture: Uint8Array;
  readonly boxes: readonly DrawnBox[];
}

/** A shape in its place. */
interface Figure {
  readonly inside: Inside;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly angle: number;
  readonly colour: readonly number[];
}

/** Parts of a pixel in each direction that are looked at. */
const parts = 3;

/** Differs from the ground by at least 70 grey levels in one channel. */
const leastContrast = 70;

const colourOf = (random: Random): number[] => [0, 1, 2].map(() => 20 + random.integer(216));

const contrast = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

function figureOn(ground: readonly number[], random: Random): Figure {
  const radius = 6 + 8 * random.next();
  const place = (): number => radius + (side - 2 * radius) * random.next();
  const name = classes[random.integer(classes.length)]!;
  let colour = colourOf(random);
  while (contrast(colour, ground) < leastContrast) colour = colourOf(random);
  return { inside: shapes[name], x: place(), y: place(), radius, angle: (random.next() - 0.5) * 2 * Math.PI, colour };
}

/** Shapes do not touch. */
const isFree = (figure: Figure, others: readonly Figure[]): boolean =>
  others.every(({ x, y, radius }) => Math.hypot(figure.x - x, figure.y - y) > 1.15 * (figure.radius + radius) + 2);

function figuresOn(ground: readonly number[], random: Random): Figure[] {
  const wanted = 1 + random.integer(3);
  const figures: Figure[] = [];
  for (let tries = 0; tries < 50 && figures.length < wanted; tries++) {
    const figure = figureOn(ground, random);
    if (isFree(figure, figures)) figures.push(figure);
  }
  return figures;
}

/** The part of each pixel that a figure covers, and the box around it. */
function cover({ inside, x, y, radius, angle }: Figure): { covered: Float32Array; box: DrawnBox } {
  const covered = new Float32Array(side * side);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  let [left, top, right, bottom] = [side * parts, side * parts, 0, 0];
  for (let row = 0; row < side * parts; row++) {
    for (let column = 0; column < side * parts; column++) {
      const [dx, dy] = [(column + 0.5) / parts - x, (row + 0.5) / parts - y];
      if (dx * dx + dy * dy > 1.5 * radius * radius || !inside(cos * dx + sin * dy, cos * dy - sin * dx)) continue;
      covered[Math.floor(row / parts) * side + Math.floor(column / parts)]! += 1 / parts ** 2;
      [left, top] = [Math.min(left, column), Math.min(top, row)];
      [right, bottom] = [Math.max(right, column + 1), Math.max(bottom, row + 1)];
    }
  }
  const pixels = (value: number): number => Math.round((10 * value) / parts) / 10;
  return { covered, box: [pixels(left), pixels(top), pixels(right - left), pixels(bottom - top)] };
}

/** A line across the picture, as far as its pixels are from it. */
function strayLine(random: Random): { distance: (x: number, y: number) => number; colour: number[] } {
  const [angle, at] = [random.next() * Math.PI, (random.next() - 0.5) * side];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { distance: (x, y) => Math.abs((x - side / 2) * cos + (y - side / 2) * sin - at), colour: colourOf(random) };
}

/**
 * One to three of the ten shapes at random places, sizes, angles and colours, over a gradient with two stray lines: 64 x 64 RGB, and
 * the boxes of the shapes. Equal seeds give equal bytes.
 */
export function drawScene(seed: number): Scene {
  const random = seededRandom(seed, 'scene');
  const ground = colourOf(random);
  const [slopeX, slopeY] = [(random.next() - 0.5) * 0.6, (random.next() - 0.5) * 0.6];
  const lines = [strayLine(random), strayLine(random)];
  const figures = figuresOn(ground, random).map((figure) => ({ ...cover(figure), colour: figure.colour }));
  const picture = new Uint8Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const shade = slopeX * (x - side / 2) + slopeY * (y - side / 2);
      for (let channel = 0; channel < 3; channel++) {
        let value = ground[channel]!;
        for (const { distance, colour } of lines) if (distance(x, y) < 0.8) value = colour[channel]!;
        for (const { covered, colour } of figures) value += covered[y * side + x]! * (colour[channel]! - value);
        // Few grey levels make small files.
        picture[(y * side + x) * 3 + channel] = Math.max(0, Math.min(255, Math.round((value + shade) / 6) * 6));
      }
    }
  }
  return { picture, boxes: figures.map(({ box }) => box) };
}
