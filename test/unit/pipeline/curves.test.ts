import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { CurvePoint, TrainingCurve } from '../../../src/protocol/training.ts';
import type { Context } from '../../../src/engine/base/context.ts';
import { trainingOutcome } from '../../../src/engine/pipeline/curves/outcome.ts';
import { checkedCurves, readCurves } from '../../../src/engine/pipeline/curves/read-curves.ts';
import { thinned } from '../../../src/engine/pipeline/curves/thin.ts';
import { TrainingRecord } from '../../../src/engine/pipeline/curves/training-record.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-curves-'));
afterAll(() => rmSync(folder, { recursive: true }));

const curve = (steps: number, done: number, loss = (step: number): number => 1 / step): TrainingCurve => ({
  step: 'train',
  epochs: 10,
  steps,
  points: Array.from({ length: done }, (_, i): CurvePoint => ({
    step: i + 1,
    epoch: ((i + 1) * 10) / steps,
    loss: loss(i + 1),
    rate: 0.1,
  })),
});

describe('a thinned curve', () => {
  it('keeps a short one as it is', () => {
    expect(thinned(curve(100, 40))).toEqual(curve(100, 40));
  });

  it('is short, ends at the same step and has the same mean', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 50 }), (steps, most) => {
        const { points } = thinned(curve(steps, steps), most);
        expect(points.length).toBeLessThanOrEqual(most);
        expect(points.at(-1)!.step).toBe(steps);
        const weights = points.map(({ step }, i) => step - (points[i - 1]?.step ?? 0));
        const mean = points.reduce((sum, { loss }, i) => sum + loss * weights[i]!, 0) / steps;
        expect(mean).toBeCloseTo(curve(steps, steps).points.reduce((sum, { loss }) => sum + loss, 0) / steps, 9);
      }),
    );
  });

  it('keeps the points it had when the curve grows', () => {
    const [before, after] = [thinned(curve(1000, 600), 50).points, thinned(curve(1000, 1000), 50).points];
    expect(after.slice(0, before.length)).toEqual(before);
  });

  it('leaves out what is no number', () => {
    const { points } = thinned(curve(10, 10, (step) => (step > 5 ? NaN : step)));
    expect(points.map(({ loss }) => loss)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('learning curves of a run folder', () => {
  it('take what is of the right kind, whatever the file says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const one of [value, { trainings: value }, { trainings: [value] }]) expect(() => checkedCurves(one)).not.toThrow();
      }),
    );
    const points = [{ step: 1, epoch: 1, loss: 2, rate: 3 }, { step: 'x' }, null];
    const odd = { step: 'a'.repeat(10_000), epochs: 1, steps: 1, points, validation: { metric: 'm', unit: '', better: 'up', scores: [] } };
    const [only] = checkedCurves({ trainings: [odd, { epochs: 1 }] });
    expect(only?.step).toHaveLength(400);
    expect(only?.points).toHaveLength(1);
    expect(only?.validation).toBeUndefined();
  });

  it('are none where the file is missing or damaged', async () => {
    expect(await readCurves(path.join(folder, 'nowhere'))).toEqual([]);
    writeFileSync(path.join(folder, 'training.json'), '{"trainings": [');
    expect(await readCurves(folder)).toEqual([]);
  });
});

describe('the record of trainings', () => {
  let now = 0;
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const context: Pick<Context, 'clock' | 'logger'> = { logger: silent, clock: { now: () => now, monotonic: () => now } };

  it('tells at once, then not more often than each second, and at the end', async () => {
    const told: number[] = [];
    const record = await TrainingRecord.open(folder, context, (curves) => told.push(curves[0]!.points.length));
    const growing = curve(50, 0);
    for (const one of curve(50, 50).points) {
      growing.points.push(one);
      now += 100;
      record.watch(growing);
    }
    expect(told).toEqual([1, 11, 21, 31, 41]);
    await record.finish(growing);
    expect(told.at(-1)).toBe(50);
    expect(JSON.parse(readFileSync(path.join(folder, 'training.json'), 'utf8'))).toEqual({ trainings: [curve(50, 50)] });
  });

  it('begins with what an earlier process left, in its order', async () => {
    const record = await TrainingRecord.open(folder, context, undefined);
    await record.finish({ ...curve(4, 4), step: 'qat (step 3)' });
    expect((await readCurves(folder)).map(({ step, points }) => [step, points.length])).toEqual([
      ['train', 50],
      ['qat (step 3)', 4],
    ]);
  });

  it('says nothing where nothing was trained', async () => {
    const empty = mkdtempSync(path.join(folder, 'empty-'));
    const record = await TrainingRecord.open(empty, context, () => expect.fail('told'));
    await record.settle();
    expect(await readCurves(empty)).toEqual([]);
  });
});

describe('what a training came to', () => {
  it('in figures', () => {
    const scores = [10, 50, 40].map((value, epoch) => ({ step: epoch * 5, epoch, value, best: epoch < 2 }));
    const done = { ...curve(50, 10, (step) => step), validation: { metric: 'top1', unit: '%', better: 'high' as const, scores } };
    expect(trainingOutcome({ ...done, stopped: 'enough' })).toEqual({
      epochs: 2,
      planned: 10,
      steps: 10,
      loss: { first: 3, last: 8 },
      validation: { metric: 'top1', unit: '%', before: 10, best: 50, epoch: 1 },
      stopped: 'enough',
    });
    expect(trainingOutcome(curve(50, 0))).toEqual({ epochs: 0, planned: 10, steps: 0 });
  });
});
