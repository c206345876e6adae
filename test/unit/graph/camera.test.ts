import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstCamera, fitted, moved, revealed, viewOf, zoomed, type Camera } from '../../../webview/graph/camera.ts';
import { Places } from '../../../webview/graph/places.ts';

const size = { width: 800, height: 600 };
const number = fc.double({ min: -1e4, max: 1e4, noNaN: true });
const camera = fc.record({ x: number, y: number, zoom: fc.double({ min: 0.01, max: 3, noNaN: true }) });
const seenAt = ({ x, y, zoom }: Camera, px: number, py: number): [number, number] => [
  x + (px - size.width / 2) / zoom,
  y + (py - size.height / 2) / zoom,
];

describe('the camera', () => {
  it('keeps the point under the pointer while it zooms', () => {
    fc.assert(
      fc.property(camera, fc.double({ min: 0.2, max: 5, noNaN: true }), fc.nat(800), fc.nat(600), (before, factor, px, py) => {
        const [x, y] = seenAt(before, px, py);
        const [afterX, afterY] = seenAt(zoomed(before, factor, px, py, size), px, py);
        expect(afterX).toBeCloseTo(x, 4);
        expect(afterY).toBeCloseTo(y, 4);
      }),
    );
  });

  it('moves by as much as the pointer', () => {
    expect(moved({ x: 0, y: 0, zoom: 2 }, 10, -20)).toEqual({ x: -5, y: 10, zoom: 2 });
  });

  it('looks from whole device pixels', () => {
    const { left, top } = viewOf({ x: 0.123, y: 7.77, zoom: 0.7 }, 801, 601, 1.5);
    for (const value of [left, top]) expect((value * 0.7 * 1.5) % 1).toBeCloseTo(Math.round(value * 0.7 * 1.5) % 1, 6);
  });

  it('brings a rectangle into sight, large enough to be read, and stays where it is if it is there already', () => {
    fc.assert(
      fc.property(camera, number, number, (before, x, y) => {
        const after = revealed(before, { x, y, width: 120, height: 60 }, size);
        const [left, top] = seenAt(after, 0, 0);
        const [right, bottom] = seenAt(after, size.width, size.height);
        expect(after.zoom).toBeGreaterThanOrEqual(0.6);
        expect(left <= x && top <= y && right >= x + 120 && bottom >= y + 60).toBe(true);
        expect(revealed(after, { x, y, width: 120, height: 60 }, size)).toEqual(after);
      }),
    );
  });

  it('shows a small graph whole and a large one from its beginning', () => {
    const beginning = { x: 1000, y: 0, width: 100, height: 40 };
    expect(firstCamera([400, 300], beginning, size)).toEqual(fitted({ x: 0, y: 0, width: 400, height: 300 }, size));
    const large = firstCamera([20_000, 30_000], beginning, size);
    expect(large).toMatchObject({ x: 1050, zoom: 0.8 });
    expect(seenAt(large, 0, 0)[1]).toBeLessThan(0);
  });
});

it('places are gone back to and forward again; a leap from an earlier one forgets what was ahead', () => {
  const at = (x: number): Camera => ({ x, y: 0, zoom: 1 });
  const places = new Places();
  expect(places.back(at(0))).toBeUndefined();
  places.leave(at(1));
  places.leave(at(2));
  expect(places.back(at(3))).toEqual(at(2));
  expect(places.back(at(2))).toEqual(at(1));
  expect(places.back(at(1))).toBeUndefined();
  expect(places.forward(at(1))).toEqual(at(2));
  places.leave(at(2));
  expect(places.forward(at(9))).toBeUndefined();
});
