import { describe, expect, it } from 'vitest';
import { LearningCurve } from '../../../src/engine/train/loop/learning-curve.ts';
import type { TrainingTask, ValidationScore } from '../../../src/engine/train/task.ts';

const curveOf = (isBetter?: TrainingTask['isBetter']): LearningCurve =>
  new LearningCurve({ step: 'train', epochs: 9, steps: 9, points: [] }, isBetter);
const scoreOf = (value: number): ValidationScore => ({ metric: 'agreement', unit: '%', better: 'high', value });

describe('the best score', () => {
  const best = (values: readonly number[], isBetter?: TrainingTask['isBetter']): number | undefined => {
    const curve = curveOf(isBetter);
    values.forEach((value, epoch) => curve.score(epoch, epoch, scoreOf(value)));
    return curve.curve.validation!.scores.findLast((score) => score.best)?.epoch;
  };

  it('is the first of equal ones', () => {
    expect(best([70, 70, 65])).toBe(0);
    expect(best([NaN, 70, 65])).toBe(1);
  });

  it('is compared with the best until then, not with the last, also by a process that goes on', () => {
    const byTwo = (score: ValidationScore, other: ValidationScore): boolean => score.value > other.value + 2;
    expect(best([70, 71, 72, 73, 74], byTwo)).toBe(3);
    const [before, after] = [curveOf(byTwo), curveOf(byTwo)];
    [70, 71].forEach((value, epoch) => before.score(epoch, epoch, scoreOf(value)));
    after.restore(before.state());
    expect(after.score(2, 2, scoreOf(72))).toBe(false);
    expect(after.score(3, 3, scoreOf(73))).toBe(true);
  });
});
