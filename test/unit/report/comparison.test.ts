import { describe, expect, it } from 'vitest';
import { comparisonCsv } from '../../../src/engine/report/comparison-csv.ts';
import { renderComparison } from '../../../src/engine/report/comparison-html.ts';
import { compareRuns } from '../../../src/engine/report/comparison.ts';
import { measured, model, summary } from '../runs/summary.ts';
import { hostileName } from './data.ts';
import { checkNesting } from './nesting.ts';

const run = (weights: number, value: number, bytes: number, more: Parameters<typeof summary>[0] = {}) =>
  summary({
    folder: `/runs/w${weights}`,
    method: `quantize weights ${weights}, activations 8`,
    models: [model('input', 400_000), model('output', bytes, { weightBits: weights })],
    metrics: { before: measured(91.5), after: measured(value) },
    ...more,
  });
const three = [run(8, 91.3, 110_000), run(4, 89, 60_000), run(2, 60, 80_000)];
const latencyMs = { before: { median: 3.1, p90: 4 }, after: { median: 1.2, p90: 2 }, threads: 4 };

describe('several runs side by side', () => {
  it('are named by what tells them apart', () => {
    expect(compareRuns(three).groups[0]!.points.map(({ name, side }) => [name, side])).toEqual([
      ['net.onnx', 'before'],
      ['quantize weights 8', 'after'],
      ['quantize weights 4', 'after'],
      ['quantize weights 2', 'after'],
    ]);
    const names = (runs: typeof three): string[] => compareRuns(runs).groups[0]!.points.filter(({ side }) => side === 'after').map(({ name }) => name); // prettier-ignore
    expect(names([three[0]!, three[0]!])).toEqual(['one (1)', 'one (2)']);
    expect(names([three[0]!, { ...three[1]!, name: 'two' }])).toEqual(['one', 'two']);
    expect(names([three[0]!, { ...three[1]!, name: 'two' }, { ...three[2]!, name: 'two' }])).toEqual(['one', 'two: quantize weights 4', 'two: quantize weights 2']); // prettier-ignore
  });

  it('have a front for each cost that at least two models have: what no other beats', () => {
    const { groups, axes } = compareRuns(three);
    expect(axes.map(({ id }) => id)).toEqual(['bytes', 'packed', 'macs', 'parameters']);
    const [{ points, fronts }] = groups as [(typeof groups)[0]];
    expect(fronts['bytes']!.map((at) => points[at]!.name)).toEqual(['quantize weights 4', 'quantize weights 8', 'net.onnx']);
    expect(fronts['macs']!.map((at) => points[at]!.name)).toEqual(['net.onnx']);
    expect(fronts['latency']).toBeUndefined();
  });

  it('are held against each other only where metric and pictures are the same', () => {
    const other = run(3, 50, 1, { test: { path: '/data/other', samples: 1000, fingerprint: 'x' } });
    const psnr = run(5, 30, 1, {
      metrics: { before: measured(31, { metric: 'psnr', unit: 'dB' }), after: measured(30, { metric: 'psnr', unit: 'dB' }) },
    });
    expect(compareRuns([...three, other, psnr]).groups.map(({ points, title, data }) => [points.length, title, data])).toEqual([
      [4, 'Top-1', '1000 pictures of /data/test'],
      [2, 'Top-1', '1000 pictures of /data/other'],
      [2, 'PSNR', '1000 pictures of /data/test'],
    ]);
  });

  it('agree with a float model only beside runs of the same one', () => {
    const agreement = { before: measured(100, { metric: 'agreement' }), after: measured(98, { metric: 'agreement' }) };
    const runs = ['/a.onnx', '/b.onnx', '/a.onnx'].map((file, i) => run(i, 0, 9, { model: file, metrics: agreement }));
    expect(compareRuns(runs).groups.map(({ points }) => points.length)).toEqual([3, 2]);
  });

  it('are put into a table of methods by targets where there are several targets', () => {
    expect(compareRuns(three).matrix).toBeUndefined();
    const board = { ...three[1]!, target: 'zcu104', folder: '/runs/board' };
    expect(compareRuns([...three, board]).matrix).toEqual({
      methods: ['quantize weights 8, activations 8', 'quantize weights 4, activations 8', 'quantize weights 2, activations 8'],
      targets: ['cpu', 'zcu104'],
      cells: [[[0], []], [[1], [3]], [[2], []]],
    }); // prettier-ignore
  });

  it('say what is missing, and whose latency may be compared', () => {
    const cancelled = summary({ status: 'cancelled', models: [], metrics: undefined });
    const sizes = summary({ metrics: undefined });
    const broken = summary({ status: 'unreadable', models: [], metrics: undefined, method: '' });
    expect(compareRuns([cancelled, sizes, broken, broken]).notes).toEqual([
      '1 run has not finished: no figures yet.',
      '1 run has no test pictures: sizes only, not in the pictures.',
      '2 runs have no readable record.',
    ]);
    const note = (...machines: string[]): string | undefined => compareRuns(machines.map((machine) => summary({ latencyMs, machine }))).axes.find(({ id }) => id === 'latency')?.note; // prettier-ignore
    expect(note('A', 'A')).toContain('4 threads, A');
    expect(note('A', 'B')).toContain('not to be compared');
  });
});

const hostile = summary({ name: hostileName, method: '"><script>alert(1)</script>', target: '=1+1', folder: '/runs/<b>', problem: '<i>' });
const mixed = compareRuns([
  ...three.map((one) => ({ ...one, latencyMs })),
  { ...three[1]!, target: 'zcu104', gate: { drop: 1, measured: 2.5, met: false } },
  hostile,
  summary({ status: 'cancelled', models: [], metrics: undefined, problem: 'stopped' }),
  summary({
    status: 'unreadable',
    name: 'x',
    folder: '/runs/x',
    method: '',
    models: [],
    metrics: undefined,
    target: undefined,
    started: undefined,
  }),
  run(6, NaN, 5, {
    metrics: { before: measured(Infinity, { confidence: [NaN, NaN] }), after: measured(-Infinity, { confidence: [NaN, NaN] }) },
  }),
]);

describe.each([
  ['of several runs', renderComparison(mixed)],
  ['of one run', renderComparison(compareRuns([three[0]!]))],
  ['of none', renderComparison(compareRuns([]))],
])('the HTML file %s', (_, text) => {
  it('is one file that loads and runs nothing', () => {
    expect(text).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b/i);
    expect(text).not.toMatch(/\s(src|href|on\w+|srcset)\s*=\s*["']/i);
    expect(text).not.toMatch(/url\(|@import|https?:/i);
    expect(text).toContain("default-src 'none'");
  });
  it('nests its tags', () => checkNesting(text));
  it('has no undefined and no NaN in it', () => expect(text).not.toMatch(/undefined|NaN|\[object/));
});

describe('the HTML file', () => {
  const text = renderComparison(mixed);

  it('escapes foreign text', () => {
    for (const part of ['&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;\\u202egnp.exe', '&lt;script&gt;alert(1)', '/runs/&lt;b&gt;']) expect(text).toContain(part); // prettier-ignore
  });

  it('says all that the table of methods and targets has to', () => {
    for (const part of ['Methods and targets', 'Methods by targets', '91.3 %', '95 % between 89.3 and 93.3', '1000 pictures', 'from 400 kB', '110 kB', '5.00 M', '1.2 ms', 'limit missed', 'cancelled: stopped', 'Top-1 against file size', 'Top-1 against MACs', 'Top-1 against latency', '1 run has not finished']) expect(text, part).toContain(part); // prettier-ignore
  });

  it('is the same bytes for the same runs', () => expect(renderComparison(compareRuns(three))).toBe(renderComparison(compareRuns(three))));
});

it('the CSV file has a line for each run, figures in plain units, and nothing that a spreadsheet would run', () => {
  const text = comparisonCsv(
    compareRuns([{ ...three[0]!, latencyMs }, hostile, { ...three[1]!, name: 'a "quoted", name\r\nof two lines' }]),
  );
  expect(text).toBe(
    [
      'run,folder,status,started,model,method,target,metric,unit,samples,value_before,value,value_low_95,value_high_95,bytes_before,bytes,packed_before,packed,macs_before,macs,parameters_before,parameters,latency_ms_before,latency_ms',
      'one,/runs/w8,finished,2026-03-02T10:00:00.000Z,net.onnx,"quantize weights 8, activations 8",cpu,top1,%,1000,91.5,91.3,89.3,93.3,400000,110000,400000,110000,5000000,5000000,1000,1000,3.1,1.2',
      `"${hostileName.replaceAll('"', '""')}",/runs/<b>,finished,2026-03-02T10:00:00.000Z,net.onnx,"""><script>alert(1)</script>",'=1+1,top1,%,1000,91.5,91.3,89.3,93.3,400000,110000,400000,110000,5000000,5000000,1000,1000,,`,
      '"a ""quoted"", name\r\nof two lines",/runs/w4,finished,2026-03-02T10:00:00.000Z,net.onnx,"quantize weights 4, activations 8",cpu,top1,%,1000,91.5,89,87,91,400000,60000,400000,60000,5000000,5000000,1000,1000,,',
      '',
    ].join('\r\n'),
  );
});
