import { type Random, seededRandom } from '../../src/engine/base/random.ts';

/** The ten classes, in label order (folder names sort the same way). */
export const classes = ['arrow', 'circle', 'crescent', 'cross', 'diamond', 'hexagon', 'ring', 'square', 'star', 'triangle'] as const;

/** Side of a picture in pixels. */
export const side = 32;

/** True inside the shape, in its own coordinates: centre (0, 0), radius about 1, y down. */
export type Inside = (x: number, y: number) => boolean;

function polygon(corners: readonly (readonly [number, number])[]): Inside {
  return (x, y) => {
    let inside = false;
    for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
      const [xi, yi] = corners[i]!;
      const [xj, yj] = corners[j]!;
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  };
}

const around = (count: number, radius: (i: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
  });

/** Each class as a figure. */
export const shapes: Record<(typeof classes)[number], Inside> = {
  arrow: polygon([[0, -1], [0.8, 0], [0.3, 0], [0.3, 1], [-0.3, 1], [-0.3, 0], [-0.8, 0]]), // prettier-ignore
  circle: (x, y) => x * x + y * y < 0.85,
  crescent: (x, y) => x * x + y * y < 1 && (x - 0.45) ** 2 + y * y > 0.55,
  cross: (x, y) => (Math.abs(x) < 0.32 && Math.abs(y) < 1) || (Math.abs(y) < 0.32 && Math.abs(x) < 1),
  diamond: polygon([[0, -1.1], [0.6, 0], [0, 1.1], [-0.6, 0]]), // prettier-ignore
  hexagon: polygon(around(6, () => 1)),
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.36,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.82,
  star: polygon(around(10, (i) => (i % 2 ? 0.45 : 1.1))),
  triangle: polygon(around(3, () => 1.1)),
};

const clampByte = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/** Two colours that differ by at least 90 grey levels in one channel: some pictures are easy, some are faint. */
function colours(random: Random): [number[], number[]] {
  for (;;) {
    const pick = (): number[] => [0, 1, 2].map(() => 20 + random.integer(216));
    const [ground, figure] = [pick(), pick()];
    if (Math.max(...ground.map((value, i) => Math.abs(value - figure[i]!))) >= 90) return [ground, figure];
  }
}

/**
 * Draws one shape at a random place, size, angle and pair of colours, over a gradient, with a stray line and grey noise.
 * Returns 32 x 32 RGB, interleaved. Equal arguments give equal bytes.
 */
export function drawShape(label: number, seed: number): Uint8Array {
  const random = seededRandom(seed, classes[label]);
  const inside = shapes[classes[label]!];
  const [ground, figure] = colours(random);
  const radius = 9 + 3.5 * random.next();
  const room = side / 2 - radius * 0.8;
  const centreX = side / 2 + room * (2 * random.next() - 1) * 0.35;
  const centreY = side / 2 + room * (2 * random.next() - 1) * 0.35;
  const angle = (random.next() - 0.5) * 0.5;
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  const [slopeX, slopeY] = [(random.next() - 0.5) * 2, (random.next() - 0.5) * 2];
  const [lineAngle, lineAt] = [random.next() * Math.PI, (random.next() - 0.5) * side];
  const noise = 3 + 9 * random.next();
  const picture = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let cover = 0;
      for (let sub = 0; sub < 9; sub++) {
        const [dx, dy] = [x + ((sub % 3) + 0.5) / 3 - centreX, y + (Math.floor(sub / 3) + 0.5) / 3 - centreY];
        if (inside(cos * dx + sin * dy, cos * dy - sin * dx)) cover += 1 / 9;
      }
      const distance = Math.abs((x - side / 2) * Math.cos(lineAngle) + (y - side / 2) * Math.sin(lineAngle) - lineAt);
      if (distance < 0.7) cover = 1 - cover * 0.5;
      const shade = slopeX * (x - side / 2) + slopeY * (y - side / 2) + Math.round((random.normal() * noise) / 4) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const value = ground[channel]! * (1 - cover) + figure[channel]! * cover + shade;
        picture[(y * side + x) * 3 + channel] = clampByte(Math.round(value / 8) * 8);
      }
    }
  }
  return picture;
}
