import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/engine/base/context.ts';
import { ProgressTracker, type JobProgress } from '../../../src/engine/pipeline/progress.ts';

class FakeClock implements Clock {
  milliseconds = 0;
  now = (): number => this.milliseconds;
  monotonic = (): number => this.milliseconds;
}

/** Runs a stage of `total` pictures at `seconds` each. */
function work(
  clock: FakeClock,
  tracker: ProgressTracker,
  stage: string,
  total: number,
  seconds: number | ((i: number) => number),
  from = 0,
): void {
  const sink = tracker.begin(stage);
  for (let done = from; done <= total; done++) {
    sink.report({ phase: stage, done, total, unit: 'pictures' });
    if (done < total) clock.milliseconds += 1000 * (typeof seconds === 'number' ? seconds : seconds(done));
  }
  tracker.end(stage);
}

function tracked(stages: { name: string; weight: number; phases?: Record<string, number> }[]) {
  const clock = new FakeClock();
  const seen: (JobProgress & { at: number })[] = [];
  const tracker = new ProgressTracker(stages, clock, (progress) => seen.push({ ...progress, at: clock.milliseconds / 1000 }));
  return { clock, seen, tracker };
}

function expectSteady(seen: readonly (JobProgress & { at: number })[]): void {
  for (const [i, progress] of seen.entries()) {
    const before = seen[i - 1];
    if (!before) continue;
    expect(progress.fraction).toBeGreaterThanOrEqual(before.fraction);
    if (progress.secondsLeft === undefined || before.secondsLeft === undefined) continue;
    // Each second at most part of a correction upwards is let through.
    const rise = progress.secondsLeft - before.secondsLeft;
    expect(rise).toBeLessThanOrEqual(60 * (1 - Math.exp(-(progress.at - before.at) / 2)));
  }
  expect(seen.at(-1)?.fraction).toBeGreaterThan(0.98);
}

describe('ProgressTracker', () => {
  it('is right from a tenth on when the weights are', () => {
    const { clock, seen, tracker } = tracked([
      { name: 'calibrate', weight: 100 },
      { name: 'evaluate', weight: 300 },
    ]);
    work(clock, tracker, 'calibrate', 100, 0.1);
    work(clock, tracker, 'evaluate', 300, 0.1);
    for (const progress of seen.filter(({ at }) => at >= 4)) {
      expect(Math.abs((progress.secondsLeft ?? 0) - (40 - progress.at))).toBeLessThan(0.5);
      expect(progress.fraction).toBeCloseTo(progress.at / 40, 1);
    }
    expectSteady(seen);
  });

  it('says nothing of the time left before it has measured', () => {
    const { clock, seen, tracker } = tracked([{ name: 'calibrate', weight: 1 }]);
    work(clock, tracker, 'calibrate', 100, 0.01);
    expect(seen[10]?.secondsLeft).toBeUndefined();
    expect(seen[60]?.secondsLeft).toBeCloseTo(0.4, 1);
  });

  it('comes round without a jump when later stages turn out slower than guessed', () => {
    const { clock, seen, tracker } = tracked([
      { name: 'calibrate', weight: 100 },
      { name: 'evaluate', weight: 100 },
    ]);
    work(clock, tracker, 'calibrate', 100, 0.1);
    work(clock, tracker, 'evaluate', 100, 0.4);
    expectSteady(seen);
    const late = seen.filter(({ at }) => at >= 20);
    for (const progress of late) expect(Math.abs((progress.secondsLeft ?? 0) - (50 - progress.at))).toBeLessThan(2.5);
  });

  it('does not take kept work for speed', () => {
    const { clock, seen, tracker } = tracked([
      { name: 'calibrate', weight: 1000 },
      { name: 'evaluate', weight: 100 },
    ]);
    tracker.skip('calibrate');
    work(clock, tracker, 'evaluate', 100, 1, 50);
    const one = seen.find(({ at }) => at >= 5);
    expect(one?.secondsLeft).toBeCloseTo(45, 0);
    expectSteady(seen);
  });

  it('knows phases inside a stage and leaves unknown ones aside', () => {
    const { clock, seen, tracker } = tracked([{ name: 'quantize', weight: 1, phases: { calibrate: 3, write: 1 } }]);
    const sink = tracker.begin('quantize');
    const report = (phase: string, done: number, total: number): void => {
      clock.milliseconds += 1000;
      sink.report({ phase, done, total, unit: 'pictures' });
    };
    report('calibrate', 0, 3);
    report('warm up', 1, 1);
    for (const done of [1, 2, 3]) report('calibrate', done, 3);
    const shares = seen.map(({ fraction }) => fraction);
    expect(shares[1]).toBeLessThan(0.1);
    report('write', 1, 1);
    expectSteady(seen);
  });
});
