import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutScatter } from '../../../src/engine/report/scatter-layout.ts';
import type { ScatterMark } from '../../../src/protocol/scatter.ts';

const [width, height] = [800, 340];
const text = (value: number): string => String(value);
const layout = (points: Parameters<typeof layoutScatter>[0]['points'], front: { x: number; y: number }[] = []) =>
  layoutScatter({ width, height, points, front, xText: text, yText: text });

const number = fc.oneof(fc.double({ min: 1e-3, max: 1e12 }), fc.constantFrom(0, -1, NaN, Infinity, 5, 5));
const point = fc.record({ name: fc.string({ maxLength: 60 }), x: number, y: fc.oneof(fc.double({ min: -100, max: 100 }), fc.constantFrom(NaN, Infinity, 7, 7)), interval: fc.tuple(number, number) }); // prettier-ignore

/** Box of a label as a browser draws it, a little less: figures are estimates. */
function box({ label }: ScatterMark): { left: number; right: number; top: number; bottom: number } | undefined {
  if (!label) return undefined;
  const wide = label.text.length * 6;
  const left = label.anchor === 'start' ? label.x : label.anchor === 'end' ? label.x - wide : label.x - wide / 2;
  return { left, right: left + wide, top: label.y - 9, bottom: label.y + 2 };
}

describe('a picture of points', () => {
  it('keeps all that can be drawn inside, and names apart from each other', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 30 }), (points) => {
        const { area, marks, xTicks, yTicks } = layout(points);
        const drawable = [...points.keys()].filter(
          (i) => points[i]!.x > 0 && Number.isFinite(points[i]!.x) && Number.isFinite(points[i]!.y),
        );
        expect(marks.map(({ index }) => index)).toEqual(drawable);
        for (const { x, y } of marks) {
          expect(x).toBeGreaterThanOrEqual(area.left);
          expect(x).toBeLessThanOrEqual(area.right);
          expect(y).toBeGreaterThanOrEqual(area.top);
          expect(y).toBeLessThanOrEqual(area.bottom);
        }
        for (const { at } of [...xTicks, ...yTicks]) expect(Number.isFinite(at)).toBe(true);
        expect(xTicks.length + yTicks.length).toBeLessThan(60);
        const boxes = marks.flatMap((mark) => box(mark) ?? []);
        for (const [i, a] of boxes.entries())
          for (const b of boxes.slice(i + 1))
            expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
      }),
    );
  });

  it('has round ticks: 1, 2, 5 over decades, even steps within one', () => {
    const wide = layout([{ name: 'a', x: 1e4, y: 60 }, { name: 'b', x: 1e6, y: 90 }]); // prettier-ignore
    expect(wide.xTicks.map((tick) => tick.text)).toEqual(['10000', '20000', '50000', '100000', '200000', '500000', '1000000']);
    expect(wide.yTicks.map((tick) => tick.text)).toEqual(['60', '65', '70', '75', '80', '85', '90']);
    const narrow = layout([{ name: 'a', x: 50, y: 1 }, { name: 'b', x: 90, y: 2 }]); // prettier-ignore
    expect(narrow.xTicks.map((tick) => tick.text)).toEqual(['50', '60', '70', '80', '90']);
  });

  it('draws greater values above and greater costs to the right, equal figures in the middle', () => {
    const [a, b] = layout([{ name: 'a', x: 10, y: 1 }, { name: 'b', x: 100, y: 2 }]).marks; // prettier-ignore
    expect(a!.x).toBeLessThan(b!.x);
    expect(a!.y).toBeGreaterThan(b!.y);
    const alone = layout([{ name: 'a', x: 10, y: 1 }]);
    expect(alone.marks[0]!.x).toBeCloseTo((alone.area.left + alone.area.right) / 2, 0);
  });

  it('keeps names off the line of the front where there is another place', () => {
    const points = [{ name: 'first', x: 20, y: 50 }, { name: 'second', x: 100, y: 50 }]; // prettier-ignore
    expect(layout(points).marks[0]!.label!.anchor).toBe('start');
    expect(layout(points, points).marks[0]!.label!.y).not.toBe(layout(points).marks[0]!.label!.y);
  });
});
