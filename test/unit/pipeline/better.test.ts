import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { agreement } from '../../../src/engine/evaluate/metrics/agreement.ts';
import { psnr } from '../../../src/engine/evaluate/metrics/psnr.ts';
import { top1 } from '../../../src/engine/evaluate/metrics/top1.ts';
import type { Metric } from '../../../src/engine/evaluate/metric.ts';
import { isBetter } from '../../../src/engine/pipeline/training/better.ts';
import type { ValidationScore } from '../../../src/engine/train/task.ts';

const random = seededRandom(1, 'better');

/** 100 pictures, of which the first `right` are right; losses around a mean. */
function score(right: number, loss: number, rows: (isRight: boolean) => unknown = (isRight) => [isRight ? 0 : 1, 0]): ValidationScore {
  const losses = Array.from({ length: 100 }, () => loss + 0.01 * random.normal());
  return {
    metric: 'top1',
    unit: '%',
    better: 'high',
    value: right,
    loss,
    pictures: { rows: losses.map((_, i) => rows(i < right)), losses },
  };
}

const by = (metric: Metric | undefined, byReference = false) => ({ metric, setting: {}, byReference });
const labelled = by(top1 as Metric);
const unlabelled = by(agreement as Metric, true);
const agrees = (isRight: boolean): number => Number(isRight);

describe('a better score', () => {
  it('is no single picture more, and no small fall of the loss', () => {
    expect(isBetter(labelled, score(81, 0.5), score(80, 0.5))).toBe(false);
    expect(isBetter(labelled, score(80, 0.5), score(80, 0.5))).toBe(false);
    expect(isBetter(labelled, score(80, 0.48), score(80, 0.5))).toBe(true);
    expect(isBetter(labelled, score(80, 0.52), score(80, 0.5))).toBe(false);
  });

  it('is a sure gain of the metric whatever the loss says, unless the metric is agreement with what the loss measures too', () => {
    expect(isBetter(labelled, score(90, 0.6), score(80, 0.5))).toBe(true);
    expect(isBetter(labelled, score(70, 0.4), score(80, 0.5))).toBe(false);
    expect(isBetter(unlabelled, score(90, 0.6, agrees), score(80, 0.5, agrees))).toBe(false);
    expect(isBetter(unlabelled, score(90, 0.5, agrees), score(80, 0.5, agrees))).toBe(true);
  });

  it('comes by chance about as often as one standard error is exceeded', () => {
    const draw = (): ValidationScore => {
      const [rows, losses] = [Array.from({ length: 200 }, () => [random.next() < 0.8 ? 0 : 1, 0]), Array.from({ length: 200 }, () => random.normal())];
      return { metric: 'top1', unit: '%', better: 'high', value: 0, pictures: { rows, losses } };
    };
    const found = Array.from({ length: 2000 }, () => isBetter(labelled, draw(), draw())).filter(Boolean).length / 2000;
    expect(found).toBeGreaterThan(0.12);
    expect(found).toBeLessThan(0.2);
  }); // prettier-ignore

  it('is told by the metric alone, by the loss alone, or by the value where nothing else is known', () => {
    const decibels = (value: number): ValidationScore => ({ metric: 'psnr', unit: 'dB', better: 'high', value, pictures: { rows: [0, 1, 2, 3].map((i) => [value + i + 0.01 * random.normal(), 1, 20]) } }); // prettier-ignore
    expect(isBetter(by(psnr as Metric), decibels(31), decibels(30))).toBe(true);
    expect(isBetter(by(psnr as Metric), decibels(30), decibels(31))).toBe(false);
    expect(isBetter(by(undefined), score(0, 0.4), score(0, 0.5))).toBe(true);
    const bare = (value: number): ValidationScore => ({ metric: 'loss', unit: '', better: 'low', value });
    expect(isBetter(labelled, bare(1), bare(2))).toBe(true);
  });

  it('is never one that is not a number', () => {
    const broken = { ...score(80, 0.5), pictures: { rows: score(80, 0.5).pictures!.rows, losses: new Array<number>(100).fill(NaN) } };
    expect(isBetter(labelled, broken, score(80, 0.5))).toBe(false);
    expect(isBetter(labelled, score(80, 0.5), broken)).toBe(true);
  });
});
