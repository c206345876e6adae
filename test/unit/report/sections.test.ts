import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../src/engine/report/html.ts';
import type { Trial } from '../../../src/protocol/results/run.ts';
import type { SearchSummary } from '../../../src/protocol/results/search.ts';
import { reportData } from './data.ts';

const trial = (rung: string, value: number, loss: number, kept: boolean): Trial => ({
  title: `${rung} <b>`,
  rung,
  value,
  loss,
  confidence: [loss - 1, loss + 1],
  bytes: 68_000,
  seconds: 3.25,
  kept,
});

const point = (name: string, cost: number, predicted: number, more: object = {}) => ({
  name,
  cost,
  percent: cost / 1000,
  bytes: cost,
  predicted,
  ...more,
});
const search: SearchSummary = {
  method: 'knapsack',
  budget: { kind: 'bytes', limit: 50_000, unit: 'bytes', uniform8: 100_000 },
  metric: 'top1',
  unit: '%',
  samples: 200,
  found: point('found', 49_000, 0.01, { measured: 0.0125, value: 90.4, loss: 1.1 }),
  compared: [point('uniform 4', 50_000, 0.1, { measured: 0.1 }), point('uniform 8', 100_000, 0.001)],
  front: [point('a', 30_000, 1), point('b', 49_000, 0.01)],
  layers: [
    { name: '/conv<1>', op: 'Conv', parameters: 432, macs: 442_368, weights: 8, errors: { '4': 0.1, '8': 0.001, float: 0 }, fixed: true },
  ],
  notes: ['2 layers were measured again'],
};

const rows = (text: string, heading: string): string[] =>
  text
    .slice(text.indexOf(`<h2>${heading}</h2>`))
    .split('<h2>')[1]!
    .split('<tr')
    .slice(2)
    .map((row) =>
      row
        .replace(/^[^>]*>/, '')
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );

describe('what auto tried', () => {
  const base = reportData();
  const text = renderReport({
    ...base,
    result: {
      ...base.result,
      steps: [{ step: 'auto', seconds: 9, trials: [trial('plain', 88.5, 3, false), trial('rounding', 91.2, 0.3, true)] }],
    },
  });

  it('is a ladder with the loss, its interval, size, time and what was kept', () => {
    expect(rows(text, 'What auto tried')).toEqual([
      'plain plain &lt;b&gt; 88.5 % +3.0 +2.0 and +4.0 68.0 kB 3.25 s',
      'rounding rounding &lt;b&gt; 91.2 % +0.3 −0.7 and +1.3 68.0 kB 3.25 s kept',
    ]);
  });

  it('draws the worst loss longest', () => expect(text).toMatch(/width:100\.0%[\s\S]*width:10\.0%/));
});

describe('what a search found', () => {
  const base = reportData();
  const text = renderReport({ ...base, result: { ...base.result, search } });

  it('is said in a sentence and a table, in decibels', () => {
    expect(text.replace(/\s+/g, ' ')).toContain(
      'at most 50.0 kB of packed weights; every layer at 8 bits takes 100 kB. Found 49.0 kB, 49 % of that.',
    );
    expect(rows(text, 'Mixed precision')[0]).toBe('found 49.0 kB 49 % 49.0 kB 20.0 dB 19.0 dB 90.4 % +1.1');
  });

  it('is drawn with its front', () => {
    const front = /<polyline class="front" points="([^"]*)"/.exec(text)![1]!.split(' ');
    expect(front).toHaveLength(2);
    const [first, second] = front.map((pair) => pair.split(',').map(Number));
    expect(second![0]).toBeGreaterThan(first![0]!);
    expect(second![1], 'less noise is higher up').toBeLessThan(first![1]!);
  });

  it('gives each layer its width and what the others would have cost', () => {
    expect(rows(text, 'Mixed precision').at(-1)).toContain('/conv&lt;1&gt; Conv 432 442 k 8 (fixed) 10.0 dB 30.0 dB no error');
  });
});

describe('a budget over all models of a chain', () => {
  const base = reportData();
  const share = (model: string, removed: number) => ({ model, cost: 20_000, percent: 40, removed, bits: 4.25, predicted: 0.001 });
  const chain: SearchSummary = {
    ...search,
    found: { ...search.found, models: [share('restore', 0.25), share('<b>', 0)] },
    compared: [...search.compared, { ...search.found, name: 'each alone', models: [share('restore', 0), share('<b>', 0)] }],
    models: [
      {
        model: 'restore',
        uniform8: 50_000,
        curve: [
          { weights: 4, cost: 25_000, measured: 0.01, value: 88, loss: 3.5 },
          { removed: 0.25, cost: 30_000, measured: 0.1, value: 80, loss: 11.5 },
        ],
        front: [
          { cost: 10_000, predicted: 0.5 },
          { cost: 40_000, predicted: 1e-4 },
        ],
      },
      { model: '<b>', uniform8: 50_000, curve: [], front: [] },
    ],
    channels: [{ name: 'restore:/conv', before: 16, after: 12 }],
  };
  const text = renderReport({ ...base, result: { ...base.result, search: chain } });
  const all = rows(text, 'One budget over all models');

  it('says what each model got, and what it would have got alone', () => {
    expect(all[0]).toBe('found 49.0 kB 49 % 49.0 kB 20.0 dB 19.0 dB 90.4 % +1.1 25 % of channels gone, 4.25 bits 4.25 bits');
    expect(all.join('\n')).toContain('restore found 20.0 kB 40 % 25 % 4.25 30.0 dB');
    expect(all.join('\n')).toContain('restore each alone 20.0 kB 40 % 0 % 4.25 30.0 dB');
    expect(all.join('\n')).toContain('restore:/conv 16 12');
  });

  it('has what was measured of each model alone', () => {
    expect(all.join('\n')).toContain('4 bits 25.0 kB 20.0 dB 88.0 % +3.5');
    expect(all.join('\n')).toContain('25 % fewer channels 30.0 kB 10.0 dB 80.0 % +11.5');
  });

  it('draws a front for the whole and for each model, with what was taken marked', () => {
    const fronts = [...text.matchAll(/<polyline class="front" points="([^"]*)"/g)].map(([, points]) => points!.split(' ').length);
    expect(fronts.slice(0, 2)).toEqual([2, 2]);
    expect(text).toContain('<title>found: 20.0 kB, 30.0 dB expected</title>');
    expect(text).toContain('<title>4 bits, all else float: 25.0 kB, 20.0 dB measured</title>');
  });

  it('names of models are text', () => expect(text).not.toContain('<b>:'));
});

describe('nodes in float', () => {
  it('are all listed, by the reason, the commonest first', () => {
    const base = reportData();
    const notQuantized = [
      { name: '/softmax', op: 'Softmax', reason: 'loses too much' },
      ...Array.from({ length: 14 }, (_, i) => ({ name: `/lrn${i}`, op: 'LRN', reason: 'no integer kernel' })),
    ];
    const text = renderReport({ ...base, result: { ...base.result, notQuantized } });
    const [first, second] = rows(text, 'What stayed float');
    expect(first).toMatch(/^no integer kernel 14 \/lrn0 LRN .* 2 more \/lrn12 LRN \/lrn13 LRN$/);
    expect(second).toBe('loses too much 1 /softmax Softmax');
  });
});

describe('a layer', () => {
  const base = reportData();
  const [first] = base.layers;
  const text = renderReport({
    ...base,
    estimators: ['percentile'],
    layers: [
      {
        ...first!,
        weights: { bits: 4, type: 'int8', granularity: 'block', sqnr: 20, saturation: 'scales' },
        loss: { before: 0.1, after: 0.01 },
        output: { type: 'uint8', bits: 4, low: 0, high: 1.5, scale: 0.1, zeroPoint: 0, observed: { low: 0, high: 6 } },
      },
    ],
  });

  it('says widths, storage, granularity, gain of its rounding, packed size, and what its range leaves out', () => {
    const [row] = rows(text, 'Layers');
    expect(row).toContain(
      '4 bits in int8, per block 20.0 dB · output 10.0 dB better by rounding together · scales kept from saturating 224 B',
    );
    expect(row).toContain('4 bits in uint8 0 to 1.5 seen 0 to 6');
    expect(text).toContain('Ranges of activations by percentile.');
  });
});
