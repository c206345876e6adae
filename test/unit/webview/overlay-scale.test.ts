import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OverlayView } from '../../../src/protocol/view.ts';
import { histogram, legend, ticks } from '../../../webview/overlays/legend.ts';
import { levelOf, shownOverlay, valueText } from '../../../webview/overlays/overlay.ts';
import { overlayPaint } from '../../../webview/overlays/paint.ts';
import { scaleKinds, scalesOf, withScale } from '../../../webview/overlays/scale.ts';

const overlay = (more: Partial<OverlayView>): OverlayView => ({
  id: 'x',
  label: 'X',
  unit: 'MACs',
  better: 'low',
  thresholds: [],
  fold: 'sum',
  values: [1, 10, 100, 1000, 10_000].map((value, index) => [index, value]),
  origin: '',
  ...more,
});
const log = overlay({ gradient: { worst: 10_000, best: 1, log: true } });
const classes = overlay({
  better: 'high',
  fold: 'worst',
  classes: [
    { value: 1, label: 'DPU', level: 4 },
    { value: 0, label: 'CPU', level: 0 },
  ],
  values: [
    [0, 1],
    [1, 0],
    [3, 1],
  ],
});

describe('a gradient', () => {
  it('by the logarithm is even in decades, and ends where it is said to', () => {
    for (const [i, value] of [10_000, 1000, 100, 10, 1].entries()) expect(levelOf(log, value)).toBeCloseTo(i, 9);
    expect([levelOf(log, 1e9), levelOf(log, 0.1), levelOf(log, 0), levelOf(log, NaN), levelOf(log, null)]).toEqual([0, 4, 4, 0, 4]);
    expect(ticks(log).map(({ text }) => text)).toEqual(['10 k', '1000', '100', '10', '1']);
    expect(histogram(log).filter(({ count }) => count > 0)).toHaveLength(5);
  });

  it('of one figure stands in the middle', () => {
    const same = overlay({ gradient: { worst: 5, best: 5, log: false }, values: [[0, 5]] });
    expect(levelOf(same, 5)).toBe(2);
    expect(ticks(same)).toEqual([{ share: 0.5, text: '5' }]);
  });
});

describe('another scale', () => {
  it('has equally many layers in each of five steps, or runs from end to end', () => {
    expect(withScale(log, 'steps').thresholds).toEqual([10, 100, 1000, 10_000]);
    expect(histogram(withScale(log, 'steps')).map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
    expect(withScale(log, 'linear').gradient).toEqual({ worst: 10_000, best: 1, log: false });
    expect(withScale(overlay({ better: 'high' }), 'log').gradient).toEqual({ worst: 1, best: 10_000, log: true });
  });

  it('is offered where it makes sense', () => {
    expect(scalesOf(log)).toEqual(['own', 'steps', 'linear', 'log']);
    expect(scalesOf(overlay({ values: [[0, -1], [1, 2]] }))).toEqual(['own', 'steps', 'linear']); // prettier-ignore
    expect([scalesOf(classes), scalesOf(overlay({ values: [[0, 3], [1, 3]] }))]).toEqual([['own'], ['own']]); // prettier-ignore
    expect(withScale(classes, 'linear')).toBe(classes);
  });

  it('whatever the figures, gives levels from 0 to 4, the best figure the best colour, and counts every layer once', () => {
    const value = fc.option(fc.double({ noNaN: false }), { nil: null });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('high', 'low'),
        fc.constantFrom(...scaleKinds),
        (list, better, kind) => {
          const given = overlay({ better, thresholds: [0], values: list.map((one, index) => [index, one]) });
          const { view, ranking, values, bad } = shownOverlay(given, kind);
          const levels = ranking.map((index) => levelOf(view, values.get(index) ?? null));
          for (const level of levels) expect(level >= 0 && level <= 4).toBe(true);
          if (list.every((one) => !Number.isNaN(one))) expect(levels).toEqual([...levels].sort((a, b) => a - b));
          expect(levels.slice(0, bad).every((level) => level === levels[0])).toBe(true);
          expect(histogram(view).reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('classes', () => {
  it('are words with a colour each, the worst first', () => {
    expect(legend(classes)).toEqual([
      { level: 0, text: 'CPU' },
      { level: 4, text: 'DPU' },
    ]);
    expect(histogram(classes).map(({ count }) => count)).toEqual([1, 2]);
    expect(valueText(classes, 0)).toBe('CPU');
    expect(shownOverlay(classes)).toMatchObject({ ranking: [1, 0, 3], bad: 1 });
  });
});

describe('what the canvas asks for', () => {
  it('is a level and a text for each layer that has a figure', () => {
    const paint = overlayPaint(shownOverlay(classes), 4);
    expect([0, 1, 2, 3, 9].map((node) => paint.level(node))).toEqual([4, 0, undefined, 4, undefined]);
    expect([0, 1, 2].map((node) => paint.text(node))).toEqual(['DPU', 'CPU', undefined]);
  });

  it('is the sum of a folded group, or its worst layer', () => {
    const sum = overlayPaint(shownOverlay(log), 5);
    expect([sum.groupText([1, 2]), sum.groupText([7])]).toEqual(['110 MACs', undefined]);
    expect(sum.groupLevel([1, 2])).toBeCloseTo(levelOf(log, 110), 9);
    const worst = overlayPaint(shownOverlay(classes), 4);
    expect([worst.groupText([0, 1, 2]), worst.groupLevel([0, 3])]).toEqual(['CPU', 4]);
    const errors = overlayPaint(shownOverlay(overlay({ better: 'high', unit: 'dB', fold: 'worst', thresholds: [10], values: [[0, null], [1, 3], [2, 2]] })), 3); // prettier-ignore
    expect([errors.groupText([0, 1, 2]), errors.groupText([0])]).toEqual(['2 dB', 'no error']);
  });
});
