import fc from 'fast-check';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { readAnnotations } from '../../../src/engine/pipeline/annotations/read.ts';
import { writeAnnotations } from '../../../src/engine/pipeline/annotations/write.ts';
import type { Analysis } from '../../../src/engine/sensitivity/types.ts';
import { buildModel } from '../../support/model-builder.ts';

const read = (value: unknown) => readAnnotations(JSON.stringify(value), 'f.json');
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof LatheError) return `${error.code}: ${error.message} (${error.place.file})`;
    throw error;
  }
  return 'accepted';
};

const model = buildModel({
  name: 'net',
  inputs: [{ name: 'x', shape: [1, 4] }],
  outputs: ['c'],
  nodes: [
    ['Relu', ['x'], ['a'], {}, { name: 'named' }],
    ['Relu', ['a'], ['b'], {}, { name: '' }],
    ['Relu', ['b'], ['c'], {}, { name: 'equal' }],
  ],
});
const row = (name: string, value: number | null) => ({
  name,
  op: 'Relu',
  bits: 8,
  weights: 8,
  activations: 8,
  value,
  ...(value === null ? { equal: true as const } : {}),
  parameters: 1,
  macs: 1,
});
const analysis: Analysis = {
  method: 'isolated',
  metric: 'sqnr',
  measure: 'sqnr',
  unit: 'dB',
  better: 'high',
  samples: 2,
  layers: [row('b', 12.5), row('named', 30), row('equal', null)],
  baseline: [],
  notAnalyzed: [],
  forwardPasses: 1,
  warnings: [],
};

describe('what is written is read', () => {
  it.each(['overlay', 'netron', 'modelExplorer'] as const)('%s', async (kind) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-read-'));
    try {
      const file = path.join(folder, 'f.json');
      await writeAnnotations({ [kind]: file }, analysis, model, 'a'.repeat(64));
      const found = readAnnotations(await readFile(file, 'utf8'), 'f.json');
      expect(found.models).toEqual(kind === 'overlay' ? ['a'.repeat(64)] : []);
      const [overlay] = found.overlays;
      expect(overlay).toMatchObject({ better: 'high', unit: kind === 'modelExplorer' ? '' : 'dB' });
      const figures = [
        ['b', 12.5],
        ['named', 30],
      ];
      expect(Object.fromEntries(overlay!.values)).toEqual(
        Object.fromEntries(kind === 'modelExplorer' ? figures : [...figures, ['equal', null]]),
      );
      if (kind === 'modelExplorer') expect(overlay).toMatchObject({ label: 'net', gradient: { worst: 12.5, best: 30, log: false } });
      else expect(overlay).toMatchObject({ label: 'Sensitivity (isolated, SQNR, w8a8)', thresholds: [10, 20, 30, 40] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('an overlay file', () => {
  const file = (overlay: object) => ({ version: 1, models: ['0'.repeat(64)], overlays: [overlay] });
  const base = { id: 'x', label: 'X', unit: 's', better: 'low', values: { a: 1, b: null }, scale: { gradient: [0, 10] } };

  it('says how its figures become colours', () => {
    expect(read(file(base)).overlays[0]).toEqual({
      id: 'x',
      label: 'X',
      unit: 's',
      better: 'low',
      values: [
        ['a', 1],
        ['b', null],
      ],
      thresholds: [],
      gradient: { worst: 10, best: 0, log: false },
    });
    expect(read(file({ ...base, better: 'high' })).overlays[0]!.gradient).toEqual({ worst: 0, best: 10, log: false });
    expect(read(file({ ...base, scale: { thresholds: [1, 2] } })).overlays[0]!.thresholds).toEqual([1, 2]);
  });

  it.each([
    [{ ...base, values: { a: 'one' } }, /^overlay\.malformed: the overlay file has a mistake: \/overlays\/0\/values\/a/],
    [{ ...base, scale: { thresholds: [2, 1] } }, /they must ascend/],
    [{ ...base, extra: 1 }, /\/overlays\/0\/extra/],
    [{ ...base, better: 'left' }, /\/overlays\/0\/better/],
  ])('with a mistake is refused with its place: %j', (overlay, message) => {
    expect(codeOf(() => read(file(overlay)))).toMatch(message);
  });
});

describe('a Netron attachment', () => {
  const attachment = (...metrics: object[]) => ({ signature: 'netron:attachment', metrics });

  it('by hand: figures of nodes and values by name of the metric, other kinds and words left out', () => {
    const found = read(
      attachment(
        { kind: 'node', target: 'a', name: 'Duration, ms', value: 3 },
        { kind: 'value', target: 'b', name: 'Duration, ms', value: 9000 },
        { kind: 'node', target: 'a', name: 'Accuracy', value: 90 },
        { kind: 'model', target: '', name: 'Duration, ms', value: 5 },
        { kind: 'node', target: 'c', name: 'Accuracy', value: 'unknown' },
      ),
    );
    expect(found.overlays).toEqual([
      {
        id: 'Duration, ms',
        label: 'Duration',
        unit: 'ms',
        better: 'low',
        values: [
          ['a', 3],
          ['b', 9000],
        ],
        thresholds: [],
        gradient: { worst: 9000, best: 3, log: true },
      },
      {
        id: 'Accuracy',
        label: 'Accuracy',
        unit: '',
        better: 'high',
        values: [['a', 90]],
        thresholds: [],
        gradient: { worst: 90, best: 90, log: false },
      },
    ]);
  });

  it('may hold metadata only', () => expect(read({ signature: 'netron:attachment', metadata: [] }).overlays).toEqual([]));

  it.each([
    [{ signature: 'netron:attachment', metrics: {} }, 'metrics is no list'],
    [attachment({ kind: 'node', name: 'x', value: 1 }), 'metrics[0] has no target and name'],
    [{ signature: 'netron:attachment', metrics: [1] }, 'metrics[0] is no object'],
  ])('with a mistake is refused: %j', (value, message) => {
    expect(codeOf(() => read(value))).toBe(`overlay.malformed: the Netron attachment has a mistake: ${message} (f.json)`);
  });
});

describe('node data of Model Explorer', () => {
  const colors = (first: string, last: string) => [
    { value: 10, bgColor: first },
    { value: 20, bgColor: 'yellow' },
    { value: 30, bgColor: last },
  ];

  it('keeps thresholds: a figure at a border belongs to the step below it', () => {
    const [overlay] = read({ main: { results: { a: { value: 10 }, b: { value: 11 } }, thresholds: colors('#00ff00', 'red') } }).overlays;
    expect(overlay!.better).toBe('low');
    expect(overlay!.thresholds).toHaveLength(2);
    expect([10, 10.000001].map((figure) => figure >= overlay!.thresholds[0]!)).toEqual([false, true]);
  });

  it('has its worse end where it is redder', () => {
    const better = (first: string, last: string) =>
      read({ g: { results: { a: { value: 1 } }, thresholds: colors(first, last) } }).overlays[0]!.better;
    expect([better('red', 'green'), better('green', 'red'), better('#f00', '#0f0'), better('white', 'black')]).toEqual([
      'high',
      'low',
      'high',
      'low',
    ]);
  });

  it('of one graph stands alone; words become classes', () => {
    const [overlay] = read({ results: { a: { value: 'slow' }, b: { value: 'fast' }, c: { value: 'fast' } } }).overlays;
    expect(overlay).toMatchObject({
      label: 'Node data',
      classes: [
        { value: 0, label: 'fast', level: 0 },
        { value: 1, label: 'slow', level: 4 },
      ],
      values: [
        ['a', 1],
        ['b', 0],
        ['c', 0],
      ],
    });
  });

  it.each([
    [{ g: { results: { a: {} } } }, 'the result of "a" has no value'],
    [{ g: { results: { a: { value: 1 } } }, h: {} }, 'the graph "h" has no results'],
    [{ g: { results: { a: { value: 1 } }, gradient: [{ stop: 'x' }] } }, 'gradient[0] has no stop'],
  ])('with a mistake is refused: %j', (value, message) => {
    expect(codeOf(() => read(value))).toBe(`overlay.malformed: the node data file of Model Explorer has a mistake: ${message} (f.json)`);
  });
});

describe('any other file', () => {
  it.each([
    ['{', /^overlay\.json: the file is no JSON/],
    ['[]', /^overlay\.format: the file holds no figures of layers/],
    ['{"a":1}', /^overlay\.format/],
    ['null', /^overlay\.format/],
    [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, /^overlay\.(format|json)/],
    ['{"__proto__":{"results":{}},"constructor":{"results":1}}', /^overlay\./],
  ])('is refused: %.40s', (text, message) => {
    expect(codeOf(() => readAnnotations(text, 'f.json'))).toMatch(message);
  });

  it('of too many characters or figures is refused before it is taken apart', () => {
    expect(codeOf(() => readAnnotations(' '.repeat(33 * 2 ** 20), 'f.json'))).toMatch(/^overlay\.too-large/);
    const metrics = Array.from({ length: 65 }, (_, i) => ({ kind: 'node', target: 'a', name: `m${i}`, value: 1 }));
    expect(codeOf(() => read({ signature: 'netron:attachment', metrics }))).toMatch(/^overlay\.too-large/);
  });

  it('never fails in another way', () => {
    const part = fc.constantFrom(
      'results',
      'value',
      'metrics',
      'signature',
      'overlays',
      'version',
      'thresholds',
      'gradient',
      'values',
      'netron:attachment',
      'kind',
      'target',
      'node',
    );
    const tree = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        part,
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(part, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(tree, (value) => {
        expect(codeOf(() => read(value))).toMatch(/^(accepted|overlay\.)/);
      }),
      { numRuns: 500 },
    );
  });
});
