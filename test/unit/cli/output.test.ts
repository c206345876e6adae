import { describe, expect, it } from 'vitest';
import type { Cli } from '../../../src/cli/cli.ts';
import { difference, figure, interval } from '../../../src/cli/output/figures.ts';
import { quoted, shownPath } from '../../../src/cli/output/paths.ts';
import { progressDisplay, type ProgressOptions } from '../../../src/cli/output/progress.ts';
import { roundText } from '../../../src/cli/output/rounds.ts';
import { styleFor } from '../../../src/cli/output/style.ts';
import { facts, middleCut, table } from '../../../src/cli/output/table.ts';
import { outcomeText, standing, standingData } from '../../../src/cli/output/training.ts';
import type { TrainingCurve, TrainingOutcome } from '../../../src/protocol/training.ts';

const plain = styleFor({ isTTY: false }, {});

describe('table', () => {
  const columns = [
    { title: 'layer', flexible: true },
    { title: 'n', align: 'right' as const },
  ];

  it('aligns columns and cuts the flexible one in the middle', () => {
    const text = table(columns, [['/a/very/long/name/of/a/layer', '1'], ['/b', '1000']], 24, plain); // prettier-ignore
    expect(text).toBe('layer                  n\n/a/very/…f/a/layer     1\n/b                  1000');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(24);
  });

  it('keeps both ends of a name', () => {
    expect(middleCut('/layer1/conv1/Conv', 11)).toBe('/laye…/Conv');
    expect(middleCut('short', 11)).toBe('short');
  });

  it('shows control characters instead of obeying them', () => {
    const text = table([{ title: 'name' }], [['\u001b[31mred\n\u202e']], 80, plain);
    expect(text).toBe('name\n\\u001b[31mred\\u000a\\u202e');
  });

  it('leaves out absent facts', () => {
    expect(facts([['a', '1'], undefined, ['long', '2']], plain)).toBe('a     1\nlong  2');
  });
});

describe('style', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
  ])('%o %o: colours %s', (stream, env, colours) => {
    expect(styleFor(stream, env).bold('x') !== 'x').toBe(colours);
  });
});

describe('progress', () => {
  const report = { phase: 'calibrate', done: 5, total: 10, unit: 'pictures', fraction: 0.5, secondsLeft: 3 };
  function shown(options: ProgressOptions, isTTY = false): string {
    let text = '';
    const stderr = { isTTY, columns: 60, write: (part: string) => ((text += part), true) };
    const display = progressDisplay({ stderr, env: {} } as unknown as Cli, options);
    display.report(report);
    display.log({ level: 'warn', message: 'careful' });
    display.log({ level: 'info', message: 'detail' });
    display.end();
    return text;
  }

  it('is silent with --quiet', () => {
    expect(shown({ quiet: true })).toBe('');
  });

  it('is one JSON value a line with --progress json', () => {
    const lines = shown({ progress: 'json' }).trim().split('\n').map((line) => JSON.parse(line) as unknown); // prettier-ignore
    expect(lines).toEqual([report, { level: 'warn', message: 'careful' }, { level: 'info', message: 'detail' }]);
  });

  it('is a bar that fits the terminal, with the time left', () => {
    const text = shown({}, true);
    expect(text).toContain('50 %  calibrate  5/10 pictures');
    for (const line of text.replaceAll(/\u001b\[[\dK]*m?/g, '').split(/[\r\n]/)) expect(line.length).toBeLessThan(60);
  });

  it('does not write a line at once where there is no terminal', () => {
    expect(shown({})).toBe('warning: careful\n');
    expect(shown({ verbose: true })).toBe('warning: careful\ndetail\n');
  });
});

describe('figures', () => {
  it('have signs, units and sensible places', () => {
    expect(figure(91.54, '%')).toBe('91.5 %');
    expect(figure(30.426, 'dB')).toBe('30.43 dB');
    expect(difference(-0.2, '%')).toBe('−0.2 points');
    expect(difference(0.126, 'dB')).toBe('+0.13 dB');
    expect(difference(-0.03, '%')).toBe('±0.0 points');
    expect(interval([-1.25, 2], '%')).toMatch(/^95 % between −1\.[23] and 2\.0$/);
    expect(figure(Infinity, 'dB')).toBe('∞ dB');
  });
});

describe('shownPath', () => {
  it('is short inside the current folder and whole elsewhere', () => {
    expect(shownPath('/w/a/b', '/w')).toBe('a/b');
    expect(shownPath('/w', '/w')).toBe('.');
    expect(shownPath('/tmp/x', '/w')).toBe('/tmp/x');
  });
});

describe('quoted', () => {
  it.each([
    ['a/b-1.yaml', 'a/b-1.yaml'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
  ])('%s', (text, expected) => {
    expect(quoted(text)).toBe(expected);
  });
});

describe('a training', () => {
  const scores = [10, 90, 80].map((value, epoch) => ({ step: epoch * 5, epoch, value, best: epoch < 2 }));
  const curve: TrainingCurve = {
    step: 'qat',
    epochs: 4,
    steps: 20,
    points: [{ step: 12, epoch: 2.4, loss: 0.41234, rate: 0.001 }],
    validation: { metric: 'top1', unit: '%', better: 'high', scores },
  };
  const outcome: TrainingOutcome = {
    epochs: 4,
    planned: 4,
    steps: 20,
    loss: { first: 2.314, last: 0.4023 },
    validation: { metric: 'top1', unit: '%', before: 10, best: 90, epoch: 1 },
  };

  it('has a progress line with epoch, loss and score', () => {
    expect(standing(curve)).toBe('epoch 2.4/4  loss 0.412  top1 80.0 % (best 90.0 %)');
    expect(standing({ ...curve, points: [], validation: undefined })).toBe('epoch 0.0/4');
  });

  it('is data with --progress json', () => {
    expect(standingData(curve)).toEqual({
      step: 'qat',
      epoch: 2.4,
      epochs: 4,
      done: 12,
      steps: 20,
      loss: 0.41234,
      rate: 0.001,
      validation: { metric: 'top1', value: 80, best: 90 },
    });
  });

  it('comes to a sentence', () => {
    expect(outcomeText(outcome)).toBe(
      '4 epochs, 20 steps; loss 2.31 → 0.402; validation top1 10.0 → 90.0 % (+80.0 points), best at epoch 1',
    );
    expect(outcomeText({ ...outcome, epochs: 2.5, stopped: 'No better score for 2 epochs.' })).toMatch(
      /^2\.5 of 4 epochs, .*; No better score for 2 epochs\.$/,
    );
    expect(outcomeText({ ...outcome, validation: { ...outcome.validation!, best: 10, epoch: 0 } })).toMatch(/best before the first step$/);
  });
});

describe('a round of pruning', () => {
  const first = { round: 0, parameters: 200, macs: 1000, bytes: 800, channels: {}, seconds: 1 };
  it('says what is left and what it is worth', () => {
    const scored = { metric: 'top1', unit: '%', better: 'high' } as const;
    const [whole, cut] = [
      { ...first, score: { ...scored, cut: 95 } },
      { ...first, round: 1, parameters: 109, macs: 528 },
    ];
    expect(roundText({ ...cut, score: { ...scored, cut: 90, tuned: 93.4 } }, whole)).toBe(
      '52.8 % of the multiply-adds, 54.5 % of the parameters; validation top1 95.0 → 90.0 % behind the cut, 93.4 % trained',
    );
    expect(roundText(cut, first)).toBe('52.8 % of the multiply-adds, 54.5 % of the parameters');
  });
});
