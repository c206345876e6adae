import fc from 'fast-check';
import { expect, it } from 'vitest';
import { paretoFront } from '../../../src/engine/report/front.ts';

const choices = fc.array(
  fc.record({ cost: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(NaN)), value: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(Infinity), fc.constant(NaN)) }),
  { maxLength: 12 },
); // prettier-ignore

it.each(['high', 'low'] as const)('is what no other choice beats, where %s is better: as by comparing all pairs', (better) => {
  fc.assert(
    fc.property(choices, (all) => {
      const worth = (value: number): number => (better === 'high' ? value : -value);
      const valid = all.filter(({ cost, value }) => !Number.isNaN(cost) && !Number.isNaN(value));
      const beaten = (i: number): boolean =>
        valid.some(({ cost, value }) => {
          const one = all[i]!;
          const noWorse = cost <= one.cost && worth(value) >= worth(one.value);
          return noWorse && (cost < one.cost || worth(value) > worth(one.value));
        });
      const expected = [...all.keys()].filter((i) => valid.includes(all[i]!) && !beaten(i));
      const front = paretoFront(all, better);
      expect([...front].sort((a, b) => a - b)).toEqual(expected);
      expect(front.map((i) => all[i]!.cost)).toEqual(front.map((i) => all[i]!.cost).sort((a, b) => a - b));
    }),
  );
});
