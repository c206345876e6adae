import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelMeans, type SavedMeans } from '../../../src/engine/statistics/channel-means.ts';

/** A float32 as an integer times 2^-149. */
function exact(value: number): bigint {
  let exponent = 0;
  while (!Number.isInteger(value)) {
    value *= 2;
    exponent++;
  }
  return BigInt(value) << BigInt(149 - exponent);
}

const pictures = fc.array(fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float({ min: -4, max: 4, noNaN: true })), {
  minLength: 1,
  maxLength: 30,
});

const summed = (rows: readonly (readonly number[])[]): ChannelMeans => {
  const means = new ChannelMeans(2);
  for (const row of rows) means.add(Float32Array.from(row));
  return means;
};

describe('ChannelMeans', () => {
  it('are exact, to the last bit of a double', () => {
    fc.assert(
      fc.property(pictures, (rows) => {
        const means = summed(rows).means();
        for (const channel of [0, 1]) {
          const sum = rows.reduce((total, row) => total + exact(row[channel]!), 0n);
          // Scaled by 2^-149 in two steps: the integer may be beyond a double's range.
          const expected = (Number(sum) * 2 ** -149) / rows.length;
          if (Number.isFinite(expected)) expect(Math.abs(means[channel]! - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -51);
        }
      }),
    );
  });

  it('are the same in any order, in parts, and through a checkpoint', () => {
    fc.assert(
      fc.property(pictures, fc.nat(30), (rows, cut) => {
        const whole = summed(rows).save();
        const merged = summed(rows.slice(cut));
        merged.merge(ChannelMeans.restore(JSON.parse(JSON.stringify(summed(rows.slice(0, cut)).save())) as SavedMeans));
        expect(merged.save()).toEqual(whole);
        expect(summed([...rows].reverse()).save()).toEqual(whole);
        expect(ChannelMeans.restore(whole).means()).toEqual(summed(rows).means());
      }),
    );
  });

  it('leave out pictures that are not finite', () => {
    const means = summed([[1, 2], [NaN, 5], [3, Infinity], [3, 4]]); // prettier-ignore
    expect([means.pictures, ...means.means()]).toEqual([2, 2, 3]);
  });
});
