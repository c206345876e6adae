import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { seededRandom } from '../../src/engine/base/random.ts';
import type { Box } from '../../src/engine/data/types.ts';
import { side } from './small-detector.ts';

/** A picture of rectangles (class 0) and ellipses (class 1) that hardly overlap, on a shaded, noisy ground. Some have none. */
export function drawBoxes(seed: number, classes = 1): { readonly pixels: Uint8Array; readonly boxes: readonly Box[] } {
  const random = seededRandom(seed, 'drawn boxes');
  const boxes: Box[] = [];
  for (let tries = random.integer(4); tries > 0; tries--) {
    const [width, height] = [10 + random.integer(22), 10 + random.integer(22)];
    const box = { x: random.integer(side - width), y: random.integer(side - height), width, height, label: random.integer(classes) };
    const apart = (other: Box): boolean =>
      other.x > box.x + box.width || box.x > other.x + other.width || other.y > box.y + box.height || box.y > other.y + other.height;
    if (boxes.every(apart)) boxes.push(box);
  }
  const ground = [0, 1, 2].map(() => 40 + random.integer(80));
  const colours = boxes.map(() => [0, 1, 2].map(() => 150 + random.integer(100)));
  const slope = random.next() - 0.5;
  const pixels = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = boxes.findIndex((box) => isIn(box, x + 0.5, y + 0.5));
      const colour = at < 0 ? ground : colours[at]!;
      for (let c = 0; c < 3; c++) {
        const value = colour[c]! + slope * (x - side / 2) + 8 * random.normal();
        pixels[(y * side + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
  return { pixels, boxes };
}

function isIn({ x, y, width, height, label }: Box, u: number, v: number): boolean {
  const [a, b] = [(u - x) / width - 0.5, (v - y) / height - 0.5];
  return label === 0 ? Math.max(Math.abs(a), Math.abs(b)) <= 0.5 : a * a + b * b <= 0.25;
}

/** The corners, and the middle between them. */
const pointsOf = ({ x, y, width, height }: Box): number[][] => [
  [x, y],
  [x + width, y],
  [x + width / 2, y + height / 2],
  [x, y + height],
  [x + width, y + height],
];

/** Writes pictures and boxes.json. */
export function writeDrawnBoxes(folder: string, count: number, { first = 0, classes = 1 } = {}): void {
  mkdirSync(folder, { recursive: true });
  const images = Array.from({ length: count }, (_, i) => {
    const { pixels, boxes } = drawBoxes(first + i, classes);
    const file = `${String(i).padStart(4, '0')}.png`;
    writeFileSync(path.join(folder, file), encode({ width: side, height: side, data: pixels, channels: 3, depth: 8 }));
    return {
      file,
      boxes_xywh: boxes.map(({ x, y, width, height }) => [x, y, width, height]),
      labels: boxes.map(({ label }) => label),
      landmarks: boxes.map(pointsOf),
    };
  });
  writeFileSync(path.join(folder, 'boxes.json'), JSON.stringify({ images }));
}
