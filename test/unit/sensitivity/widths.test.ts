import { expect, it } from 'vitest';
import { parseWidths } from '../../../src/engine/sensitivity/widths.ts';

it('one width is of the sides that are quantized; two are told apart; doubles count once', () => {
  expect(parseWidths(['8', ' 4', '8'], 'both')).toEqual([
    { weights: 8, activations: 8 },
    { weights: 4, activations: 4 },
  ]);
  expect(parseWidths(['w4a8', 'W3A16'], 'both')).toEqual([
    { weights: 4, activations: 8 },
    { weights: 3, activations: 16 },
  ]);
  expect(parseWidths(['4', 'ternary', 'binary'], 'weights')).toEqual(['4', 'ternary', 'binary'].map((weights) => ({ weights: weights === '4' ? 4 : weights, activations: 'float' }))); // prettier-ignore
  expect(parseWidths(['6'], 'activations')).toEqual([{ weights: 'float', activations: 6 }]);
  expect(parseWidths(['ternary', 'wbinarya4'], 'both')).toEqual([
    { weights: 'ternary', activations: 8 },
    { weights: 'binary', activations: 4 },
  ]);
});

it.each([
  ['9', 'both'],
  ['1', 'weights'],
  ['float', 'both'],
  ['', 'weights'],
  ['4.5', 'activations'],
  ['ternary', 'activations'],
  ['w4', 'both'],
  ['w4a9', 'both'],
] as const)('%j of %s is refused', (text, side) => {
  expect(() => parseWidths([text], side)).toThrow('is no width of');
});
