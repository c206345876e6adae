import { expect, it } from 'vitest';
import { between, colorOf, css, lightness, mix, type Rgb } from '../../../webview/graph/colors.ts';

it('mixes evenly to the eye: the middle of black and white is the grey of half lightness', () => {
  const [black, white]: Rgb[] = [[0, 0, 0], [255, 255, 255]]; // prettier-ignore
  expect(mix(black!, white!, 0)).toEqual(black);
  expect(mix(black!, white!, 1)).toEqual(white);
  expect(lightness(mix(black!, white!, 0.5))).toBeCloseTo(0.5, 2);
});

it('knows the colours of the paper', () => {
  // OKLab of sRGB's red is (0.62796, 0.22486, 0.12585).
  expect(lightness([255, 0, 0])).toBeCloseTo(0.62796, 4);
  expect(colorOf(0.62796, Math.hypot(0.22486, 0.12585), (Math.atan2(0.12585, 0.22486) * 180) / Math.PI)).toEqual([255, 0, 0]);
});

it('runs from stop to stop', () => {
  const stops: Rgb[] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]; // prettier-ignore
  for (const [at, expected] of [[-1, 0], [0, 0], [1, 1], [2, 2], [9, 2]] as const) expect(between(stops, at)).toEqual(stops[expected]); // prettier-ignore
  expect(between(stops, 0.5)).toEqual(mix(stops[0]!, stops[1]!, 0.5));
  expect(css([1, 2, 3])).toBe('rgb(1,2,3)');
});
