import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../../src/engine/data/types.ts';
import { candidatesOfBox, findCandidates, type CandidateForm } from '../../../../src/engine/train/losses/detection/candidates.ts';
import { gridOf, gridWith } from '../../../../src/engine/train/losses/detection/grid.ts';

const size = { width: 64, height: 48 };
const form = (own: Partial<CandidateForm> = {}): CandidateForm => ({
  grid: gridOf([8, 16], size, own.grid?.perCell ?? 1),
  rows: 3,
  radius: 2.5,
  landmarks: 0,
  byScale: false,
  ignoreBelow: 0,
  pictures: 2,
  ...own,
});
const box = (x: number, y: number, width: number, height: number, label = 0): Box => ({ x, y, width, height, label });
const count = (values: ArrayLike<number>): number => Array.from(values).filter((value) => value === 1).length;

describe('the places that may answer for a box', () => {
  it.each<readonly [string, Box, Partial<CandidateForm>, number, number]>([
    // Four by four cells of 8 pixels (a fifth is just too far) and all four by three of 16; in the box are four of 8.
    ['in the middle', box(24, 16, 16, 16), {}, 16 + 12, 4],
    ['between the middles of cells: the nearest counts as inside', box(31, 23, 1, 1), {}, 25 + 12, 1],
    ['whose middle is just outside', box(60, 10, 20, 10), {}, 8 + 6, 1],
    ['far outside', box(500, 10, 20, 10), {}, 0, 0],
    ['on the level that fits alone', box(24, 16, 16, 16), { byScale: true }, 16, 4],
    ['large, on the coarser level alone', box(0, 0, 64, 48), { byScale: true, grid: gridOf([4, 16], size) }, 12, 12],
  ])('%s', (_, one, own, valid, inside) => {
    const found = findCandidates([[], [one]], form(own));
    expect([count(found.valid), count(found.inside)]).toEqual([valid, inside]);
  });

  it('are those whose middle is near, by every box: property', () => {
    const number = (max: number) => fc.double({ min: -20, max, noNaN: true });
    const boxes = fc.record({ x: number(80), y: number(60), width: fc.double({ min: 0.1, max: 70, noNaN: true }), height: fc.double({ min: 0.1, max: 70, noNaN: true }) }); // prettier-ignore
    fc.assert(
      fc.property(boxes, fc.constantFrom(0.7, 1, 2.5, 3), fc.constantFrom(1, 3), (drawn, radius, perCell) => {
        const grid = gridOf([8, 16], size, perCell);
        const found = findCandidates([[], [{ ...drawn, label: 0 }]], form({ grid, radius, rows: 1 }));
        const wanted = grid.levels.flatMap(({ stride, columns, rows, first }) =>
          Array.from({ length: perCell * columns * rows }, (_, i) => i).flatMap((i) => {
            const [column, row] = [i % columns, Math.floor(i / columns) % rows];
            const apart = [(column + 0.5) * stride - drawn.x - drawn.width / 2, (row + 0.5) * stride - drawn.y - drawn.height / 2];
            return apart.every((distance) => Math.abs(distance) < radius * stride) ? [grid.places + first + i] : [];
          }),
        );
        const places = [...found.places].flatMap((place, i) => (found.valid[i] ? [Number(place)] : []));
        expect(places.sort((a, b) => a - b)).toEqual(wanted);
        expect(found.valid).toHaveLength(candidatesOfBox({ grid, radius }));
        expect(count(found.inside) > 0).toBe(wanted.length > 0);
      }),
    );
  });
});

it('of more boxes than rows the largest stay; such without an area are none', () => {
  const boxes = [
    [box(1, 1, 5, 5), box(2, 2, 20, 20), box(3, 3, 0, 9)],
    [box(4, 4, 30, 8, 2), box(5, 5, NaN, 8), box(6, 6, 10, 10)],
  ];
  const { corners, labels } = findCandidates(boxes, form());
  expect([...corners.subarray(0, 3)]).toEqual([2, 4, 6]);
  expect([...labels]).toEqual([0n, 2n, 0n]);
});

it('what is asked of the cells that a small box touches does not count', () => {
  const { counted, valid } = findCandidates([[box(20, 20, 6, 5)], [box(-3, -3, 6, 6), box(8, 8, 20, 20)]], form({ ignoreBelow: 7 }));
  // Two by two cells of 8 and two by one of 16, then one of each.
  expect(counted.all.filter((value) => value === 0)).toHaveLength(4 + 1 + 1 + 1);
  expect(count(valid)).toBeGreaterThan(0);
});

it('landmarks keep their places, those that are not known are not seen', () => {
  const face: Box = { ...box(10, 10, 20, 20), landmarks: [[12, 13], null] };
  const { points, seen } = findCandidates([[face]], form({ landmarks: 3, rows: 2 }));
  expect([...points]).toEqual([12, 0, 13, 0, ...new Array<number>(8).fill(0)]);
  expect([...seen]).toEqual([1, 0, 0, 0, 0, 0]);
});

it.each([
  [8400, 640, 640, [1], [8, 16, 32], 1],
  [25_200, 640, 640, [3, 1], [8, 16, 32], 3],
  [2100, 320, 320, [1], [8, 16, 32], 1],
  [80, 64, 64, [1], [8, 16], 1],
  [34_000, 640, 640, [1], [4, 8, 16, 32], 1],
])('%i places of %i x %i pixels', (places, width, height, perCell, strides, each) => {
  const grid = gridWith(places, { width, height }, perCell);
  expect(grid?.levels.map(({ stride }) => stride)).toEqual(strides);
  expect(grid?.perCell).toBe(each);
});

it('no grid has a number of places that fits none', () => expect(gridWith(8401, { width: 640, height: 640 }, [1, 3])).toBeUndefined());

it('boxes are looked for where the detector of a chain sees them', () => {
  const view = { width: 64, height: 64, scaleX: 2, scaleY: 1.5, offsetX: 0, offsetY: 8 };
  const moved = { ...box(20, 12.5, 12, 9), landmarks: [[22, 14]] as const };
  const marked = { ...box(10, 3, 6, 6), landmarks: [[11, 4]] as const };
  expect(findCandidates([[marked]], form({ view, landmarks: 1 }))).toEqual(findCandidates([[moved]], form({ landmarks: 1 })));
});
