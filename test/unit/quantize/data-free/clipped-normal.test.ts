import { describe, expect, it } from 'vitest';
import { clippedMoments, normalBelow, normalDensity } from '../../../../src/engine/quantize/data-free/clipped-normal.ts';

/** Mean and deviation by Simpson's rule over ten deviations, and the two masses at the bounds from the same sums. */
function integrated(center: number, spread: number, low: number, high: number): { mean: number; deviation: number } {
  const steps = 200_000;
  let [mass, first, second] = [0, 0, 0];
  for (let step = 0; step <= steps; step++) {
    const z = (20 * step) / steps - 10;
    const weight = (step === 0 || step === steps ? 1 : step % 2 ? 4 : 2) * Math.exp(-0.5 * z * z);
    const value = Math.min(high, Math.max(low, center + spread * z));
    mass += weight;
    first += weight * value;
    second += weight * value * value;
  }
  const mean = first / mass;
  return { mean, deviation: Math.sqrt(Math.max(0, second / mass - mean ** 2)) };
}

describe('the clipped normal distribution', () => {
  it('has the moments of numeric integration', () => {
    for (const [low, high] of [
      [0, Infinity],
      [0, 6],
      [-1, 1],
      [-Infinity, 2],
      [-Infinity, Infinity],
    ] as const) {
      for (const center of [-20, -3, -0.5, 0, 1, 5.9, 40]) {
        for (const spread of [0.01, 0.7, 3, 25]) {
          const [found, expected] = [clippedMoments({ center, spread, low, high }), integrated(center, spread, low, high)];
          const text = `N(${center}, ${spread}) in ${low}..${high}`;
          expect(Math.abs(found.mean - expected.mean), text).toBeLessThan(1e-5 * (spread + Math.abs(expected.mean)));
          expect(Math.abs(found.deviation - expected.deviation), text).toBeLessThan(2e-3 * spread);
        }
      }
    }
  });

  it('without a spread is its center between the bounds', () => {
    expect(clippedMoments({ center: 7, spread: 0, low: 0, high: 6 })).toEqual({ mean: 6, deviation: 0 });
    expect(clippedMoments({ center: 2, spread: 0, low: 0, high: 6 })).toEqual({ mean: 2, deviation: 0 });
  });

  it('rests on known values of the normal distribution', () => {
    expect(normalBelow(0)).toBeCloseTo(0.5, 7);
    expect(normalBelow(1.959963985)).toBeCloseTo(0.975, 7);
    expect(normalBelow(-5) / 2.866515719e-7).toBeCloseTo(1, 6);
    expect(normalBelow(2) + normalBelow(-2)).toBeCloseTo(1, 12);
    expect(normalDensity(1)).toBeCloseTo(0.24197072451914337, 12);
  });
});
