import { describe, expect, it } from 'vitest';
import type { LayerView, OverlayView } from '../../../src/protocol/view.ts';
import { inOrder } from '../../../webview/model/order.ts';
import { figureText, legend, levelOf, nextWorst, shownOverlay } from '../../../webview/overlays/overlay.ts';

const sqnr: OverlayView = {
  id: 'a',
  label: 'SQNR',
  unit: 'dB',
  better: 'high',
  fold: 'worst',
  thresholds: [10, 20, 30, 40],
  values: [
    [0, 35],
    [1, 8],
    [2, null],
    [4, 8],
    [5, Infinity],
  ],
  origin: 'test',
};
const mse: OverlayView = { ...sqnr, unit: '', better: 'low', thresholds: [1, 2], values: sqnr.values.map(([i, v]) => [i, v]) };

describe('an overlay', () => {
  it('ranks the worst first, layers without error last, ties as in the model', () => {
    expect(shownOverlay(sqnr).ranking).toEqual([1, 4, 0, 2, 5]);
    expect(shownOverlay(mse).ranking).toEqual([5, 0, 1, 4, 2]);
  });

  it('gives each value the step between its borders, whatever is better', () => {
    expect([9.99, 10, 29, 40, Infinity, null].map((value) => levelOf(sqnr, value))).toEqual([0, 1, 2, 4, 4, 4]);
    expect([0.5, 1, 2, 99].map((value) => levelOf(mse, value))).toEqual([4, 2, 0, 0]);
    expect(levelOf({ ...sqnr, thresholds: [] }, 3)).toBe(4);
  });

  it('says what its colours mean, worst first', () => {
    expect(legend(sqnr).map(({ text }) => text)).toEqual(['below 10', '10 to 20', '20 to 30', '30 to 40', '40 and above']);
    expect(legend(mse)).toEqual([
      { level: 0, text: '2 and above' },
      { level: 2, text: '1 to 2' },
      { level: 4, text: 'below 1' },
    ]);
  });

  it('writes figures with their unit, and says where there is no error', () => {
    expect([12.345, -3, null, Infinity, NaN].map((value) => figureText(value, 'dB'))).toEqual([
      '12.3 dB',
      '−3 dB',
      'no error',
      '∞ dB',
      'not a number dB',
    ]);
    expect([figureText(0.00123, ''), figureText(1_234_567, 'MACs'), figureText(38_000, 'B'), figureText(8, 'bits')]).toEqual([
      '0.0012',
      '1.23 M MACs',
      '38 kB',
      '8 bits',
    ]);
  });

  it('goes from one bad layer to the next and stays at the ends', () => {
    const shown = shownOverlay(sqnr);
    expect([
      nextWorst(shown, -1, 1),
      nextWorst(shown, 1, 1),
      nextWorst(shown, 5, 1),
      nextWorst(shown, 1, -1),
      nextWorst(shown, 3, -1),
    ]).toEqual([1, 4, 5, 1, 5]);
    expect(nextWorst(shownOverlay({ ...sqnr, values: [] }), 0, 1)).toBeUndefined();
  });

  it('sorts layers, the ones without a figure last', () => {
    const layers = [0, 1, 2, 3, 4, 5].map((index): LayerView => ({
      index,
      name: `n${index}`,
      op: 'Conv',
      outputShape: null,
      parameters: 0,
      weightBytes: 0,
      macs: null,
    }));
    const names = (descending: boolean): string[] =>
      inOrder(layers, { column: 'measured', descending }, shownOverlay(sqnr)).map(({ name }) => name);
    expect(names(false)).toEqual(['n1', 'n4', 'n0', 'n2', 'n5', 'n3']);
    expect(names(true)).toEqual(['n5', 'n2', 'n0', 'n4', 'n1', 'n3']);
  });
});
