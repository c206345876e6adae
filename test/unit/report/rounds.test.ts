import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../src/engine/report/html.ts';
import { trainingsPicture } from '../../../src/engine/report/comparison-curves.ts';
import { comparedPrunings } from '../../../src/engine/report/comparison-training.ts';
import { layoutRounds } from '../../../src/engine/report/rounds-layout.ts';
import { prunedGroups, roundRows, shownPruning } from '../../../src/engine/report/rounds-rows.ts';
import type { PruningRound } from '../../../src/protocol/pruning.ts';
import type { PruningHistory } from '../../../src/protocol/rounds-layout.ts';
import { hostileName, reportData } from './data.ts';
import { checkNesting } from './nesting.ts';

const top1 = (cut?: number, tuned?: number): NonNullable<PruningRound['score']> => ({
  metric: 'top1',
  unit: '%',
  better: 'high',
  ...(cut === undefined ? {} : { cut }),
  ...(tuned === undefined ? {} : { tuned }),
});

/** Two rounds to a quarter of the multiply-adds, trained after each. */
export const history: PruningHistory = {
  step: 'prune',
  rounds: [
    { round: 0, parameters: 268_346, macs: 40_000_000, bytes: 1_073_384, channels: { a: 16, b: 64 }, score: top1(91.5), seconds: 0 },
    { round: 1, parameters: 134_173, macs: 20_000_000, bytes: 536_692, channels: { a: 12, b: 40 }, score: top1(70.25, 90.1), seconds: 61, milliseconds: 3.21 }, // prettier-ignore
    { round: 2, parameters: 67_086, macs: 10_000_000, bytes: 268_346, channels: { a: 12, b: 16 }, score: top1(41, 86), seconds: 60, milliseconds: 2 }, // prettier-ignore
  ],
};

const histories = fc
  .array(
    fc.record({
      costs: fc.tuple(fc.nat(1e9), fc.nat(1e9), fc.nat(1e9)),
      cut: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }),
      tuned: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }),
      milliseconds: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: undefined }),
    }),
    { maxLength: 30 },
  )
  .map((all): PruningHistory => ({
    step: 'prune',
    rounds: all.map(({ costs: [parameters, macs, bytes], cut, tuned, milliseconds }, round) => ({
      round,
      parameters,
      macs,
      bytes,
      channels: {},
      seconds: 1,
      ...(cut === undefined && tuned === undefined ? {} : { score: top1(cut, tuned) }),
      ...(milliseconds === undefined ? {} : { milliseconds }),
    })),
  }));

describe('rounds of pruning laid out', () => {
  it('keeps everything inside its band, left to right, whatever the figures', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 100, max: 3000 }), (one, width) => {
        const { bands, left, right, height } = layoutRounds(one, width);
        let above = 0;
        for (const { top, bottom, lines } of bands) {
          expect(top).toBeGreaterThan(above);
          above = bottom;
          for (const { corners } of lines) {
            corners.forEach(([x, y], i) => {
              expect(x).toBeGreaterThanOrEqual(left);
              expect(x).toBeLessThanOrEqual(right);
              // What grew beyond the first round is no pruning, and drawn all the same.
              expect(y).toBeLessThanOrEqual(bottom + 0.1);
              expect(y).toBeGreaterThanOrEqual(top - 0.1);
              if (i > 0) expect(x).toBeGreaterThan(corners[i - 1]![0]);
            });
          }
        }
        expect(height).toBeGreaterThanOrEqual(above);
      }),
    );
  });

  it('has scores after training and after the cut, what is left, and times where they were measured', () => {
    const { bands, xTicks } = layoutRounds(history, 900);
    expect(bands.map(({ what }) => what)).toEqual(['score', 'costs', 'time']);
    expect(bands[0]!.lines.map(({ what, corners, label }) => [what, corners.length, label.text])).toEqual([
      ['score', 3, '86.0 % after training'],
      ['cut', 2, '41.0 % after the cut'],
    ]);
    expect(bands[1]!.lines.map(({ label }) => label.text)).toEqual(['25.0 % multiply-adds', '25.0 % parameters', '25.0 % bytes']);
    const ys = bands[1]!.lines.map(({ label }) => label.y).sort((a, b) => a - b);
    expect(ys[1]! - ys[0]!).toBeGreaterThanOrEqual(13);
    expect(xTicks.map(({ text }) => text)).toEqual(['as it was', '1', '2']);
    const [first] = history.rounds;
    expect(layoutRounds({ step: 'prune', rounds: [{ ...first!, score: undefined! }] }, 900).bands.map(({ what }) => what)).toEqual([
      'costs',
    ]);
  });
});

describe('rounds as a table', () => {
  it('say what is left of each figure', () => {
    expect(roundRows(history)[0]).toMatchObject({
      round: 'as it was',
      channels: '80',
      parameters: '268 k',
      cut: '91.5 %',
      tuned: '',
      seconds: '',
    });
    expect(roundRows(history)[2]).toEqual({
      round: '2',
      channels: '28 of 80',
      parameters: '67.1 k (25.0 %)',
      macs: '10.0 M (25.0 %)',
      bytes: '268 kB (25.0 %)',
      cut: '41.0 %',
      tuned: '86.0 %',
      time: '2.00 ms',
      seconds: '1 min 0 s',
    });
    expect(shownPruning({ step: 'prune', rounds: [] })).toMatchObject({ rows: [], groups: [], metric: '' });
  });

  it('groups that lost most come first; those that lost nothing are left out', () => {
    expect(prunedGroups(history)).toEqual([
      { name: 'b', before: 64, after: 16 },
      { name: 'a', before: 16, after: 12 },
    ]);
    const [first, last] = history.rounds;
    expect(prunedGroups({ step: 'prune', rounds: [first!, { ...last!, channels: { a: 16, b: 60 } }] })).toHaveLength(1);
  });
});

describe('prunings of several runs', () => {
  it('stand side by side by round, with what each left', () => {
    const untrained = {
      step: 'prune',
      rounds: history.rounds.map((round) => ({ ...round, score: { ...round.score!, tuned: undefined! } })),
    };
    const [group, ...others] = comparedPrunings([[history], [], [untrained, { step: 'prune (step 3)', rounds: [] }]], ['a', 'b', 'c']);
    expect(others).toEqual([]);
    expect(group).toMatchObject({ title: 'Top-1', unit: '%', by: 'rounds' });
    expect(group!.trainings.map(({ run, name, left, scores }) => [run, name, left, scores.map(({ value }) => value)])).toEqual([
      [0, 'a', '25 % of the multiply-adds', [91.5, 90.1, 86]],
      [2, 'c, prune', '25 % of the multiply-adds', [91.5, 70.25, 41]],
    ]);
    const { text } = trainingsPicture(group!);
    expect(text).toContain('Rounds of pruning: Top-1');
  });
});

describe('the report', () => {
  it('draws the rounds of each pruning and escapes names', () => {
    const channels = { [hostileName]: 8 };
    const [first, ...others] = history.rounds;
    const text = renderReport(
      reportData({
        prunings: [
          { step: 'prune', rounds: [{ ...first!, channels }, ...others.map((round) => ({ ...round, channels: { [hostileName]: 4 } }))] },
          { step: 'prune (step 3)', rounds: [] },
        ],
      }),
    );
    checkNesting(text);
    expect(text).toContain('Rounds: prune</h2>');
    expect(text).not.toContain('prune (step 3)');
    expect(text).not.toContain('<img src=x');
    expect(text).toContain('86.0 % after training');
  });

  it('says nothing of rounds where there are none', () => {
    expect(renderReport(reportData())).not.toContain('Rounds:');
  });
});
