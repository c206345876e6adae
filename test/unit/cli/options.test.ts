import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { quantizeStep } from '../../../src/engine/quantize/step.ts';
import { dataOptions, type GivenData } from '../../../src/cli/options/data.ts';
import { outputOf, shardOf } from '../../../src/cli/options/general.ts';
import { leavesOf } from '../../../src/cli/options/leaves.ts';
import { settingOptions } from '../../../src/cli/options/settings.ts';

function parsed<T>(args: string, add: (command: Command) => () => T): T {
  const command = new Command('x').exitOverride().configureOutput({ outputError: () => {} });
  const read = add(command);
  command.action(() => {});
  command.parse(args.split(' ').filter(Boolean), { from: 'user' });
  return read();
}
const data = (args: string): GivenData =>
  parsed(args, (command) => dataOptions(command, ['train', 'validation', 'calibration', 'test'], true));
const settings = (args: string): Record<string, unknown> => parsed(args, (command) => settingOptions(command, quantizeStep));

describe('data options', () => {
  it.each<[string, GivenData['sources']]>([
    ['--calibration a --count 5 --test b --labels folders', { calibration: { path: 'a', count: 5 }, test: { path: 'b', labels: 'folders' } }],
    ['--labels folders --calibration a --test b', { calibration: { path: 'a', labels: 'folders' }, test: { path: 'b', labels: 'folders' } }],
    ['--labels l.csv --calibration a --split cal --test b --split test', {
      calibration: { path: 'a', labels: 'l.csv', split: 'cal' }, test: { path: 'b', labels: 'l.csv', split: 'test' },
    }],
    ['--count 9 --calibration a --count 5 --test b', { calibration: { path: 'a', count: 5 }, test: { path: 'b', count: 9 } }],
    ['--test b --decode yunet --decode.score 0.5', { test: { path: 'b', decode: { kind: 'yunet', score: 0.5 } } }],
    ['--augment flip,crop --train a --count 5 --test b', { train: { path: 'a', count: 5, augment: ['flip', 'crop'] }, test: { path: 'b' } }],
    ['--train a --test b --augment flip,{crop:{"padding":4}}', { train: { path: 'a', augment: ['flip', { crop: { padding: 4 } }] }, test: { path: 'b' } }],
  ])('%s', (args, sources) => {
    expect(data(args).sources).toEqual(sources);
  }); // prettier-ignore

  it('collects the input settings', () => {
    expect(data('--color bgr --scale 1/255 --resize 32 --resize.fit pad').input).toEqual({
      color: 'bgr',
      scale: '1/255',
      resize: { size: 32, fit: 'pad' },
    });
  });

  it('refuses what says something of no pictures', () => {
    expect(() => data('--labels folders')).toThrow(LatheError);
  });

  it('names the option of a wrong value', () => {
    expect(() => data('--test a --count x')).toThrow(/^--count must be a whole number of at least 1, not "x"$/);
  });
});

describe('options of a step', () => {
  it('has every key of the declaration', () => {
    const command = new Command('x');
    settingOptions(command, quantizeStep);
    const names = command.options.map((option) => option.long);
    for (const leaf of leavesOf(quantizeStep.parameters)) expect(names).toContain(`--${leaf.path.join('.')}`);
  });

  it('reads numbers, words, lists and both ways of a boolean, and leaves out what is not given', () => {
    expect(settings('--weights 4 --calibrate mse --exclude a,b --symmetric --no-correct-bias')).toEqual({
      weights: 4,
      calibrate: 'mse',
      exclude: ['a', 'b'],
      symmetric: true,
      'correct-bias': false,
    });
    expect(settings('')).toEqual({});
  });
});

describe('general options', () => {
  it.each([
    ['1/4', { index: 1, of: 4 }],
    ['4/4', { index: 0, of: 4 }],
    ['0/4', { index: 0, of: 4 }],
    ['1/1', { index: 0, of: 1 }],
  ])('--shard %s', (text, expected) => {
    expect(shardOf(text)).toEqual(expected);
  });

  it.each(['5/4', '1/0', 'x', '1', '1/2/3', '-1/2'])('refuses --shard %s', (text) => {
    expect(() => shardOf(text)).toThrow(/--shard/);
  });

  it('tells a model file from a folder', () => {
    expect(outputOf('/w', 'a.onnx')).toEqual({ file: expect.stringMatching(/a\.onnx$/) });
    expect(outputOf('/w', 'runs')).toEqual({ folder: expect.stringMatching(/runs$/) });
    expect(outputOf('/w', undefined)).toEqual({});
  });
});
