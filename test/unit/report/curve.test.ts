import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurvePoint, TrainingCurve } from '../../../src/protocol/training.ts';
import { layoutCurve } from '../../../src/engine/report/curve-layout.ts';
import { renderComparison } from '../../../src/engine/report/comparison-html.ts';
import { comparedTrainings, layoutScores } from '../../../src/engine/report/comparison-training.ts';
import { curveRows } from '../../../src/engine/report/curve-rows.ts';
import { renderReport } from '../../../src/engine/report/html.ts';
import { reportData } from './data.ts';

const point = (step: number, perEpoch: number, loss: number): CurvePoint => ({ step, epoch: step / perEpoch, loss, rate: 0.001 });

/** Two epochs of three steps. */
const small: TrainingCurve = {
  step: 'train',
  epochs: 2,
  steps: 6,
  points: [6, 5, 4, 3, 2, 1].map((loss, i) => point(i + 1, 3, loss)),
  validation: {
    metric: 'top1',
    unit: '%',
    better: 'high',
    scores: [
      { step: 0, epoch: 0, value: 10, best: true },
      { step: 3, epoch: 1, value: 90, best: true },
      { step: 6, epoch: 2, value: 80, best: false },
    ],
  },
};

const curves = fc
  .record({
    perEpoch: fc.integer({ min: 1, max: 7 }),
    epochs: fc.integer({ min: 1, max: 12 }),
    losses: fc.array(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-9, max: 10, noNaN: true })), {
      maxLength: 80,
    }),
    values: fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 13 }),
    stopped: fc.boolean(),
  })
  .map(({ perEpoch, epochs, losses, values, stopped }): TrainingCurve => ({
    step: 'train',
    epochs,
    steps: epochs * perEpoch,
    points: losses.slice(0, epochs * perEpoch).map((loss, i) => point(i + 1, perEpoch, loss)),
    ...(values.length
      ? {
          validation: {
            metric: 'psnr',
            unit: 'dB',
            better: 'high' as const,
            scores: values.slice(0, epochs + 1).map((value, epoch) => ({ step: epoch * perEpoch, epoch, value, best: epoch === 0 })),
          },
        }
      : {}),
    ...(stopped ? { stopped: 'why' } : {}),
  }));

describe('a learning curve laid out', () => {
  it('keeps everything inside its band and in order, whatever the curve', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 100, max: 3000 }), (curve, width) => {
        const { bands, left, right, height, xTicks, best } = layoutCurve(curve, width);
        let above = 0;
        for (const { top, bottom, line, measured = [], ticks } of bands) {
          expect(top).toBeGreaterThan(above);
          above = bottom;
          for (const [x, y] of [...line, ...measured]) {
            expect(x).toBeGreaterThanOrEqual(left);
            expect(x).toBeLessThanOrEqual(right + 0.1);
            expect(y).toBeGreaterThanOrEqual(top - 0.1);
            expect(y).toBeLessThanOrEqual(bottom + 0.1);
          }
          for (const [i, [x]] of line.entries()) if (i > 0) expect(x).toBeGreaterThanOrEqual(line[i - 1]![0]);
          for (const { at } of ticks) expect(at).toBeLessThanOrEqual(bottom + 0.1);
        }
        expect(height).toBeGreaterThan(above);
        for (const { at } of xTicks) expect(at).toBeLessThanOrEqual(right + 0.1);
        expect(best === undefined).toBe((curve.validation?.scores.length ?? 0) === 0);
      }),
    );
  });

  it('leaves room for the epochs to come, and none for those that will not', () => {
    const half = { ...small, points: small.points.slice(0, 3) };
    const { line } = layoutCurve(half, 1000).bands[0]!;
    const { left, right } = layoutCurve(half, 1000);
    expect(line.at(-1)![0]).toBeCloseTo((left + right) / 2, 0);
    const ended = layoutCurve({ ...half, validation: undefined, stopped: 'enough' }, 1000);
    expect(ended.bands[0]!.line.at(-1)![0]).toBeCloseTo(ended.right, 0);
  });

  it('marks the best score', () => {
    const { best, bands, left, right } = layoutCurve(small, 1000);
    const x = (left + right) / 2;
    expect(best).toEqual({ x, label: { text: 'best 90.0 %, epoch 1', x: x + 5, anchor: 'start' } });
    expect(bands[1]!.best).toBe(1);
  });

  it('draws losses over decades by their logarithm, and many of them as a mean', () => {
    const falling = Array.from({ length: 100 }, (_, i) => point(i + 1, 10, 100 * 0.9 ** i));
    const { title, line, measured } = layoutCurve({ ...small, points: falling, epochs: 10, steps: 100 }, 1000).bands[0]!;
    expect(title).toBe('Loss (logarithmic)');
    expect([line.length, measured?.length]).toEqual([100, 100]);
    // An exponential is a straight line then.
    const slope = (i: number): number => line[i + 1]![1] - line[i]![1];
    expect(slope(30)).toBeCloseTo(slope(60), 0);
  });
});

describe('a learning curve as a table', () => {
  it('has the mean loss of each epoch, its score, and which one is kept', () => {
    expect(curveRows(small)).toEqual([
      { epoch: 0, step: 0, score: 10, best: false },
      { epoch: 1, step: 3, loss: 5, rate: 0.001, score: 90, best: true },
      { epoch: 2, step: 6, loss: 2, rate: 0.001, score: 80, best: false },
    ]);
  });

  it('counts every point once, in a bounded number of rows', () => {
    fc.assert(
      fc.property(curves, (curve) => {
        const rows = curveRows(curve);
        expect(rows.map(({ epoch }) => epoch)).toEqual([...new Set(rows.map(({ epoch }) => epoch))].sort((a, b) => a - b));
        if (curve.points.length) expect(rows.at(-1)!.step).toBe(Math.max(curve.points.length, curve.validation?.scores.at(-1)?.step ?? 0));
      }),
    );
    const long = Array.from({ length: 20_000 }, (_, i) => point(i + 1, 2, 1));
    expect(curveRows({ step: 'train', epochs: 10_000, steps: 20_000, points: long }).length).toBeLessThanOrEqual(202);
  });
});

describe('a learning curve in a report', () => {
  it('is drawn with what was kept in words, and its table; names are text', () => {
    const text = renderReport(reportData({ trainings: [{ ...small, step: '<b>train</b>', stopped: 'No better score for 2 epochs.' }] }));
    expect(text).toContain('Training: &lt;b&gt;train&lt;/b&gt;');
    expect(text).toContain('Kept: the weights of epoch 1, 90.0 % on validation pictures; before the first step 10.0 %.');
    expect(text).toContain('No better score for 2 epochs.');
    expect(text).toContain('90.0 % (best)');
    expect(text.match(/class="curve loss"/g)).toHaveLength(1);
  });
});

describe('trainings of several runs', () => {
  const scored = (step: string, values: readonly number[]): TrainingCurve => ({
    ...small,
    step,
    validation: {
      ...small.validation!,
      scores: values.map((value, epoch) => ({ step: epoch, epoch, value, best: value >= Math.max(...values.slice(0, epoch + 1)) })),
    },
  });

  it('are put together by metric, named by run and step, those without scores left out', () => {
    const bare: TrainingCurve = { ...small, validation: undefined };
    const groups = comparedTrainings(
      [[scored('qat', [1, 3, 2])], [scored('train', [1]), scored('qat (step 2)', [4])], [bare], []],
      ['a', 'b', 'c', 'd'],
    );
    expect(groups.map(({ title, trainings }) => [title, trainings.map(({ name, run, best }) => [name, run, best])])).toEqual([
      ['Top-1', [['a', 0, 1], ['b, train', 1, 0], ['b, qat (step 2)', 1, 0]]],
    ]); // prettier-ignore
  });

  it('keep first, best and last of very many epochs', () => {
    const values = Array.from({ length: 5001 }, (_, epoch) => 50 - Math.abs(epoch - 1234) / 100);
    const [group] = comparedTrainings([[scored('train', values)]], ['a']);
    const { scores, best } = group!.trainings[0]!;
    expect(scores.length).toBeLessThan(210);
    expect([scores[0]!.epoch, scores[best]!.epoch, scores.at(-1)!.epoch]).toEqual([0, 1234, 5000]);
  });

  it('have names that stand apart, and lines inside', () => {
    const same = Array.from({ length: 12 }, (_, i) => [scored(`train ${i}`, [50, 60, 60])]);
    const [group] = comparedTrainings(same, [...same.keys()].map(String));
    const { lines, left, right, top, bottom } = layoutScores(group!, 800);
    const places = lines.map(({ label }) => label.y).sort((a, b) => a - b);
    for (const [i, y] of places.entries()) if (i > 0) expect(y - places[i - 1]!).toBeGreaterThanOrEqual(12.9);
    for (const [x, y] of lines.flatMap(({ corners }) => corners)) {
      expect(x).toBeGreaterThanOrEqual(left);
      expect(x).toBeLessThanOrEqual(right);
      expect(y).toBeGreaterThanOrEqual(top);
      expect(y).toBeLessThanOrEqual(bottom);
    }
    const runs = { runs: [], axes: [], groups: [], trainings: [group!], notes: [] };
    expect(renderComparison(runs).match(/<polyline/g)).toHaveLength(12);
  });
});
