import { describe, expect, it } from 'vitest';
import { bytes, count, shape, shortChange, timeLeft, visible } from '../../../src/protocol/format.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1 k'],
    [268_346, '268 k'],
    [999_600, '1 M'],
    [40_551_000, '40.6 M'],
    [4_100_000_000, '4.1 G'],
  ])('count %d is %s', (value, text) => expect(count(value)).toBe(text));

  it.each([
    [512, '512 B'],
    [1_100_000, '1.1 MB'],
    [310_000, '310 kB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  it.each([
    [198_000, 140_000, 'B', '198 → 140 kB'],
    [1_100_000, 150_000, 'B', '1.1 → 0.15 MB'],
    [5_100_000, 3_550_000, '', '5.1 → 3.55 M'],
    [140_000, 140_000, 'B', '140 kB'],
    [12, 3, 'B', '12 → 3 B'],
    [12, 3, '', '12 → 3'],
  ])('%d to %d %s is %s', (before, after, unit, text) => expect(shortChange(before, after, unit)).toBe(text));

  it.each([
    [0.4, 'about a second'],
    [12.3, 'about 12 s'],
    [43, 'about 45 s'],
    [200, 'about 3 min'],
    [9000, 'about 2.5 h'],
  ])('%d seconds are %s', (value, text) => expect(timeLeft(value)).toBe(text));

  it('shapes have names for free dimensions', () => {
    expect(shape([1, 'N', null, 3])).toBe('1×N×?×3');
    expect(shape([])).toBe('scalar');
    expect(shape(null)).toBe('?');
  });

  it('control and direction characters are shown as codes', () => {
    expect(visible('a\u202eb\nc')).toBe('a\\u202eb\\u000ac');
  });
});
