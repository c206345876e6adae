import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../../src/engine/base/random.ts';
import type { Frame, Scene } from '../../../src/engine/data/augment/augmentation.ts';
import { framedBoxes, resizedRegion, scaledFrame, wholeFrame, windowOf } from '../../../src/engine/data/augment/frame.ts';
import { augmentations, planAugmentation, type AugmentEntry } from '../../../src/engine/data/augment/index.ts';
import { colorJitter } from '../../../src/engine/data/augment/color-jitter.ts';
import { cutout } from '../../../src/engine/data/augment/cutout.ts';
import { mixup } from '../../../src/engine/data/augment/mixup.ts';
import { planFit } from '../../../src/engine/data/fit.ts';
import { normalizer } from '../../../src/engine/data/normalize.ts';
import type { Picture } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';

const filter = { mode: 'bilinear', antialias: true } as const;

/** Every sample tells its place. */
const numbered = (width: number, height: number, channels: 1 | 3 = 3): Picture => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37 + (i >> 5)) & 255),
});

const sceneOf = (picture: Picture, width = picture.width, height = picture.height): Scene => ({
  picture,
  output: { width, height },
  middle: [10, 20, 30],
});

/** The frame that a list of augmentations draws. */
function drawn(picture: Picture, list: readonly AugmentEntry[], random: Random, scene = sceneOf(picture)): Frame {
  const whole = wholeFrame(picture, planFit(picture.width, picture.height, {}));
  return planAugmentation(list).frames.reduce((frame, step) => step.augmentation.draw(step.settings, random, scene, frame), whole);
}

/** By the definition: each sample of the result looked up on its own. */
function byHand(picture: Picture, { window, fill, mirror }: Pick<Frame, 'window' | 'fill' | 'mirror'>): number[] {
  const { width, height, channels, data } = picture;
  const out: number[] = [];
  for (let y = 0; y < window.height; y++)
    for (let x = 0; x < window.width; x++)
      for (let c = 0; c < channels; c++) {
        const u = window.left + (mirror.x ? window.width - 1 - x : x);
        const v = window.top + (mirror.y ? window.height - 1 - y : y);
        const inside = u >= 0 && v >= 0 && u < width && v < height;
        out.push(inside ? data[(v * width + u) * channels + c]! : fill);
      }
  return out;
}

const side = fc.integer({ min: 1, max: 9 });
const anyFrame = fc.record({
  window: fc.record({ left: fc.integer({ min: -12, max: 12 }), top: fc.integer({ min: -12, max: 12 }), width: side, height: side }),
  fill: fc.integer({ min: 0, max: 255 }),
  mirror: fc.record({ x: fc.boolean(), y: fc.boolean() }),
});

it('every augmentation is in the list', () => {
  const files = readdirSync(path.resolve(import.meta.dirname, '../../../src/engine/data/augment'));
  const others = ['augmentation.ts', 'frame.ts', 'index.ts'];
  expect(augmentations.map(({ name }) => `${name}.ts`).sort()).toEqual(files.filter((file) => !others.includes(file)).sort());
});

it('a name that is none is refused, defaults are filled in', () => {
  expect(() => planAugmentation(['flop'])).toThrow(/no augmentation "flop"/);
  const [first, second] = planAugmentation(['flip', { crop: { padding: 4 } }]).frames;
  expect(first!.settings).toEqual({ probability: 0.5, direction: 'horizontal' });
  expect(second!.settings).toEqual({ padding: 4, fill: 0 });
});

describe('frames', () => {
  it('are read as their definition says, straight into the input or as a picture', () => {
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom<1 | 3>(1, 3),
        anyFrame,
        fc.constantFrom('nchw', 'nhwc'),
        fc.constantFrom('rgb', 'bgr'),
        (width, height, channels, frame, layout, color) => {
          const picture = numbered(width, height, channels);
          const wanted = byHand(picture, frame);
          const whole = { ...wholeFrame(picture, planFit(width, height, {})), ...frame };
          expect([...windowOf(picture, whole).data]).toEqual(wanted);
          for (const source of [picture, { ...picture, data: Float32Array.from(picture.data) }]) {
            const out = new Float32Array(wanted.length + 5).fill(-1);
            normalizer({ color, layout, scale: 2, mean: [0, 1, 2], std: [1, 2, 4] }, DataType.float32)(source, out, 3, frame);
            const pixels = frame.window.width * frame.window.height;
            const expected = Array.from({ length: wanted.length }, (_, i) => {
              const [pixel, c] = layout === 'nchw' ? [i % pixels, Math.floor(i / pixels)] : [Math.floor(i / channels), i % channels];
              return (wanted[pixel * channels + (color === 'bgr' ? channels - 1 - c : c)]! * 2 - c) / 2 ** c;
            });
            expect([...out]).toEqual([-1, -1, -1, ...expected, -1, -1]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of a target twice as large show the same part of it', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const picture = numbered(8, 6);
        const twice: Picture = {
          width: 16,
          height: 12,
          channels: 3,
          data: Uint8Array.from(
            { length: 16 * 12 * 3 },
            (_, i) => picture.data[(Math.floor(i / 96) * 8 + ((Math.floor(i / 3) % 16) >> 1)) * 3 + (i % 3)]!,
          ),
        };
        const whole = { ...wholeFrame(picture, planFit(8, 6, {})), ...frame };
        const small = windowOf(picture, whole);
        const large = windowOf(twice, scaledFrame(whole, picture, twice));
        expect([large.width, large.height]).toEqual([2 * small.width, 2 * small.height]);
        for (let i = 0; i < large.data.length; i++) {
          const [x, y] = [(Math.floor(i / 3) % large.width) >> 1, Math.floor(i / 3 / large.width) >> 1];
          expect(large.data[i]).toBe(small.data[(y * small.width + x) * 3 + (i % 3)]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of a target that is no multiple are refused', () => {
    const frame = drawn(numbered(8, 8), [{ crop: { padding: 1 } }], seededRandom(2));
    expect(() => scaledFrame(frame, { width: 8, height: 8 }, { width: 12, height: 13 })).toThrow(/no whole multiple/);
  });
});

describe('boxes', () => {
  it('lie on the same pixels before and after', () => {
    fc.assert(
      fc.property(
        anyFrame,
        fc.nat(7),
        fc.nat(7),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        (frame, x, y, width, height) => {
          const marked: Picture = { width: 16, height: 16, channels: 1, data: new Uint8Array(256) };
          for (let v = y; v < y + height; v++) marked.data.fill(255, v * 16 + x, v * 16 + x + width);
          const whole = { ...wholeFrame(marked, planFit(16, 16, {})), ...frame, fill: 0 };
          const seen = windowOf(marked, whole);
          const boxes = framedBoxes([{ x, y, width, height, label: 3 }], whole);
          const painted = new Uint8Array(seen.data.length);
          for (const box of boxes)
            for (let v = box.y; v < box.y + box.height; v++) painted.fill(255, v * seen.width + box.x, v * seen.width + box.x + box.width);
          expect([...painted]).toEqual([...seen.data]);
        },
      ),
    );
  });

  it('follow a resize', () => {
    const frame: Frame = { region: { left: 10, top: 20, width: 40, height: 20 }, size: { width: 80, height: 60 }, window: { left: 0, top: 0, width: 80, height: 60 }, fill: 0, mirror: { x: true, y: false } }; // prettier-ignore
    expect(framedBoxes([{ x: 15, y: 25, width: 10, height: 5, label: 0 }], frame)).toEqual([
      { x: 50, y: 15, width: 20, height: 15, label: 0 },
    ]);
  });
});

describe('flip', () => {
  it('mirrors as often as it says', () => {
    const random = seededRandom(1);
    const frames = Array.from({ length: 4000 }, () => drawn(numbered(2, 2), [{ flip: { probability: 0.3, direction: 'both' } }], random));
    const share = (axis: 'x' | 'y'): number => frames.filter(({ mirror }) => mirror[axis]).length / frames.length;
    // Four standard deviations.
    expect(Math.abs(share('x') - 0.3)).toBeLessThan(0.03);
    expect(Math.abs(share('y') - 0.3)).toBeLessThan(0.03);
    expect(drawn(numbered(2, 2), [{ flip: { probability: 1 } }], random).mirror).toEqual({ x: true, y: false });
    expect(drawn(numbered(2, 2), [{ flip: { probability: 1 } }, { flip: { probability: 1, direction: 'both' } }], random).mirror).toEqual({ x: false, y: true }); // prettier-ignore
  });
});

describe('crop', () => {
  it('takes every place of the padded picture, equally often', () => {
    const random = seededRandom(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 2500; i++) {
      const { left, top, width, height } = drawn(numbered(6, 5), [{ crop: { padding: 2, fill: 9 } }], random).window;
      expect([width, height]).toEqual([6, 5]);
      counts.set(`${left} ${top}`, (counts.get(`${left} ${top}`) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([-2, -1, 0, 1, 2].flatMap((left) => [-2, -1, 0, 1, 2].map((top) => `${left} ${top}`)).sort());
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
  });

  it('of its own size may be smaller than the picture, and not larger', () => {
    expect(drawn(numbered(9, 9), [{ crop: { size: [4, 3] } }], seededRandom(0)).window).toMatchObject({ width: 3, height: 4 });
    expect(() => drawn(numbered(9, 9), [{ crop: { size: 12, padding: 1 } }], seededRandom(0))).toThrow(
      /9 x 9 .* smaller than the random crop of 12 x 12/,
    );
  });
});

describe('random-resized-crop', () => {
  it('keeps area and shape within bounds, inside the picture, at the output size', () => {
    const shape = fc.integer({ min: 20, max: 300 });
    fc.assert(
      fc.property(shape, shape, fc.nat(), (width, height, seed) => {
        const scene: Scene = { picture: { width, height }, output: { width: 24, height: 16 }, middle: [] };
        const { region, size, window } = drawn({ ...numbered(1, 1), width, height }, ['random-resized-crop'], seededRandom(seed), scene);
        expect([size, window]).toEqual([
          { width: 24, height: 16 },
          { left: 0, top: 0, width: 24, height: 16 },
        ]);
        expect(region.left >= 0 && region.top >= 0 && region.left + region.width <= width && region.top + region.height <= height).toBe(
          true,
        );
        // Sides are rounded: each is off by half a pixel at most.
        expect((region.width + 0.5) * (region.height + 0.5)).toBeGreaterThanOrEqual(
          0.08 * Math.min(width * height, (4 / 3) * Math.min(width, height) ** 2),
        );
        expect((region.width - 0.5) / (region.height + 0.5)).toBeLessThanOrEqual(1.3334);
        expect((region.width + 0.5) / (region.height - 0.5)).toBeGreaterThanOrEqual(0.7499);
      }),
    );
  });

  it('takes the middle where no rectangle fits', () => {
    const scene: Scene = { picture: { width: 100, height: 10 }, output: { width: 8, height: 8 }, middle: [] };
    const list = [{ 'random-resized-crop': { scale: [1, 1], ratio: [1, 1] } }];
    expect(drawn({ ...numbered(1, 1), width: 100, height: 10 }, list, seededRandom(0), scene).region).toEqual({
      left: 45,
      top: 0,
      width: 10,
      height: 10,
    });
  });

  it('resizes what it cut out, also where it stands last', () => {
    const picture = numbered(40, 30);
    const scene = sceneOf(picture, 8, 8);
    const frame = drawn(picture, [{ crop: { size: 6 } }, 'random-resized-crop'], seededRandom(3), scene);
    const sized = resizedRegion(picture, frame, filter);
    expect([sized.width, sized.height]).toEqual([8, 8]);
    expect(windowOf(sized, frame)).toMatchObject({ width: 6, height: 6 });
  });
});

/** A source that gives these numbers in turn. */
function scripted(values: readonly number[]): Random {
  let at = 0;
  const next = (): number => values[at++ % values.length]!;
  return { next, integer: (bound) => Math.floor(next() * bound), normal: next };
}

describe('color-jitter', () => {
  const picture: Picture = { width: 2, height: 2, channels: 3, data: Uint8Array.from([200, 100, 50, 10, 20, 30, 255, 0, 0, 90, 90, 90]) };
  const grey = (r: number, g: number, b: number): number => 0.2989 * r + 0.587 * g + 0.114 * b;
  const none = { brightness: 0, contrast: 0, saturation: 0, hue: 0 };
  const apply = (settings: object, random: Random, of = picture): number[] => [
    ...colorJitter.draw({ ...none, ...settings }, random, sceneOf(of))(of).data,
  ];
  const each = (change: (value: number, pixel: number[]) => number): number[] =>
    [0, 3, 6, 9].flatMap((at) =>
      [...picture.data.subarray(at, at + 3)].map((value, _, pixel) => Math.min(255, Math.max(0, Math.floor(change(value, pixel) + 0.5)))),
    );

  it('multiplies brightness, and stays in range', () => {
    expect(apply({ brightness: 0.5 }, scripted([0.9]))).toEqual(each((value) => value * 1.4));
    expect(apply({ brightness: 4 }, scripted([0]))).toEqual(each(() => 0));
  });

  it('moves away from the mean grey level by contrast', () => {
    const mean = [0, 3, 6, 9].reduce((sum, at) => sum + grey(picture.data[at]!, picture.data[at + 1]!, picture.data[at + 2]!), 0) / 4;
    expect(apply({ contrast: 0.5 }, scripted([0.25]))).toEqual(each((value) => mean + 0.75 * (value - mean)));
  });

  it('moves away from grey by saturation', () => {
    expect(apply({ saturation: 1 }, scripted([0.75]))).toEqual(each((value, [r, g, b]) => 1.5 * value - 0.5 * grey(r!, g!, b!)));
  });

  it('turns hue: a third moves the channels round, a half gives the complement, grey stays', () => {
    expect(apply({ hue: 0.5 }, scripted([1 / 2 + 1 / 3]))).toEqual([50, 200, 100, 30, 10, 20, 0, 255, 0, 90, 90, 90]);
    expect(apply({ hue: 0.5 }, scripted([1 / 2 - 1 / 3]))).toEqual([100, 50, 200, 20, 30, 10, 0, 0, 255, 90, 90, 90]);
    expect(apply({ hue: 0.5 }, scripted([0]))).toEqual([50, 150, 200, 30, 20, 10, 0, 255, 255, 90, 90, 90]);
  });

  it('turns hue as HSV has it', () => {
    const byte = fc.nat(255);
    fc.assert(
      fc.property(byte, byte, byte, fc.double({ min: -0.5, max: 0.4999, noNaN: true }), (r, g, b, turn) => {
        const one: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(r, g, b) };
        const found = apply({ hue: 0.5 }, scripted([turn + 0.5]), one);
        const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
        const chroma = most - least;
        const hue = chroma === 0 ? 0 : most === r ? (g - b) / chroma : most === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
        // Smith's hexcone, by sextants.
        const h = (((hue / 6 + turn) % 1) + 1) % 1;
        const i = Math.floor(h * 6);
        const f = h * 6 - i;
        const [p, q, t] = [least, most - chroma * f, most - chroma * (1 - f)];
        const wanted = [[most, t, p], [q, most, p], [p, most, t], [p, q, most], [t, p, most], [most, p, q]][i % 6]!; // prettier-ignore
        found.forEach((value, c) => expect(Math.abs(value - wanted[c]!)).toBeLessThanOrEqual(0.5001));
      }),
    );
  });

  it('leaves its argument as it was, and noise unclipped', () => {
    const before = [...picture.data];
    apply({ brightness: 1, contrast: 1, saturation: 1, hue: 0.5 }, seededRandom(1));
    expect([...picture.data]).toEqual(before);
    const noisy: Picture = { ...picture, data: Float32Array.from(picture.data, (value) => value * 2 - 100) };
    expect(apply({ brightness: 1 }, scripted([0.75]), noisy)).toEqual([...noisy.data].map((value) => value * 1.5));
  });
});

describe('cutout', () => {
  it('covers a square of the mean colour round a centre anywhere, cut at the edges', () => {
    const picture = numbered(10, 7);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }), (seed, size, count) => {
        const random = seededRandom(seed);
        const centers = Array.from({ length: count }, () => [random.integer(10), random.integer(7)] as const);
        const found = cutout.draw({ size, count }, seededRandom(seed), sceneOf(picture))(picture);
        found.data.forEach((value, i) => {
          const [x, y, c] = [Math.floor(i / 3) % 10, Math.floor(i / 30), i % 3];
          const half = Math.floor(size / 2);
          const covered = centers.some(([u, v]) => x >= u - half && x < u - half + size && y >= v - half && y < v - half + size);
          expect(value).toBe(covered ? [10, 20, 30][c] : picture.data[i]);
        });
      }),
    );
  });
});

describe('mixup', () => {
  it.each([0.2, 1, 4])('draws shares with mean and variance of Beta(%f, %f)', (alpha) => {
    const random = seededRandom(9);
    const shares = Array.from({ length: 20_000 }, () => mixup.draw({ alpha }, random, 2).share);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(mean).toBeCloseTo(0.5, 1.9);
    expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1.3);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  it('pairs every row with one other place', () => {
    const { partners } = mixup.draw({ alpha: 1 }, seededRandom(1), 50);
    expect([...partners].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});
