import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerPattern, nearestPattern } from '../../../src/engine/recipe/layers.ts';
import { nearest } from '../../../src/engine/recipe/nearest.ts';

describe('layerPattern', () => {
  it.each([
    ['/a/b', '/a/b', true],
    ['/a/b', '/a/bc', false],
    ['/a/*', '/a/b/c', true],
    ['/a/*', '/a/', true],
    ['*', '', true],
    ['*Conv', '/x/Conv', true],
    ['*Conv', '/x/Conv_1', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'abbc', true],
    ['a**c', 'ac', true],
    ['[a].(b)?', '[a].(b)?', true],
    ['.', 'x', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(layerPattern(pattern)(name)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/'), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 });
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const oracle = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's');
        expect(layerPattern(pattern)(name)).toBe(oracle.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no exponential time', () => {
    const start = performance.now();
    layerPattern('*a'.repeat(50) + '*b')('a'.repeat(5000));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('nearest', () => {
  it.each([
    ['wieghts', 'weights'],
    ['Entropy', 'entropy'],
    ['entorpy', 'entropy'],
    ['xyz', undefined],
    ['', undefined],
  ])('%s: %s', (word, expected) => {
    expect(nearest(word, ['weights', 'entropy', 'calibrate'])).toBe(expected);
  });

  it('repairs the part of a pattern before its star', () => {
    expect(nearestPattern('/layr1/*', ['/layer1/a', '/layer2/b'])).toBe('/layer1/*');
    expect(nearestPattern('/layer1/conv_/*', ['/layer1/conv1/x'])).toBe('/layer1/conv1/*');
    expect(nearestPattern('/layer1/*conv', ['/layer1/Conv'])).toBeUndefined();
    expect(nearestPattern('*/nothing', ['/layer1/a'])).toBeUndefined();
  });
});
