import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SpatialIndex } from '../../../webview/graph/spatial-index.ts';

const number = fc.integer({ min: -50, max: 50 });
const rectangle = fc.tuple(number, number, fc.nat(30), fc.nat(30)).map(([x, y, width, height]) => [x, y, x + width, y + height]);

it('finds what touches a rectangle, as a look at each does', () => {
  fc.assert(
    fc.property(fc.array(rectangle, { maxLength: 400 }), rectangle, (items, [left, top, right, bottom]) => {
      const found: number[] = [];
      new SpatialIndex(Float32Array.from(items.flat())).search(left!, top!, right!, bottom!, (item) => found.push(item));
      const each = items.flatMap(([x0, y0, x1, y1], item) =>
        x0! <= right! && y0! <= bottom! && x1! >= left! && y1! >= top! ? [item] : [],
      );
      expect(found.sort((a, b) => a - b)).toEqual(each);
    }),
    { numRuns: 300 },
  );
});
