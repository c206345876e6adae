import { describe, expect, it } from 'vitest';
import { LearningCurve } from '../../../src/engine/train/loop/learning-curve.ts';

describe('the best score', () => {
  const best = (scores: readonly (readonly [value: number, distance?: number])[]): number | undefined => {
    const curve = new LearningCurve({ step: 'train', epochs: 9, steps: 9, points: [] });
    scores.forEach(([value, distance], epoch) =>
      curve.score(epoch, epoch, { metric: 'agreement', unit: '%', better: 'high', value, ...(distance === undefined ? {} : { distance }) }),
    );
    return curve.curve.validation!.scores.findLast((score) => score.best)?.epoch;
  };

  it('is the first of equal ones, unless a finer measure tells them apart; none is better where that is worse', () => {
    expect(best([[70], [70], [65]])).toBe(0);
    expect(best([[70, 0.5], [70, 0.6], [70, 0.3], [70, 0.4]])).toBe(2); // prettier-ignore
    expect(best([[70, 0.5], [75, 0.9], [75, 0.4], [70, 0.1]])).toBe(2); // prettier-ignore
  });
});
