import { describe, expect, it } from 'vitest';
import { analysisOverlays, fileOverlays, layerIndex, widthsText } from '../../../src/extension/overlays/views.ts';
import type { Annotations } from '../../../src/engine/pipeline/index.ts';
import type { DrawableGraph } from '../../../src/protocol/drawable.ts';
import type { AnalyzeDocument, AnalyzedLayer } from '../../../src/protocol/results/analyze.ts';

const layers = layerIndex(['/a', '/b', '/b', '/c'].map((name, index) => ({ name, index })));
const row = (name: string, weights: AnalyzedLayer['weights'], value: number | null, more: Partial<AnalyzedLayer> = {}): AnalyzedLayer => ({
  name,
  op: 'Conv',
  bits: weights,
  weights,
  activations: 8,
  value,
  parameters: 1,
  macs: 1,
  ...more,
});
const analysis = (rows: AnalyzedLayer[], more: Partial<AnalyzeDocument> = {}): AnalyzeDocument => ({
  model: '/m.onnx',
  method: 'isolated',
  metric: 'sqnr',
  measure: 'sqnr',
  unit: 'dB',
  better: 'high',
  samples: 64,
  layers: rows,
  baseline: [{ model: 'quantized', weights: 8, activations: 8, value: 21.234 }],
  notAnalyzed: [],
  seconds: 3,
  forwardPasses: 10,
  cached: false,
  warnings: [],
  ...more,
});
const at = new Date('2026-11-22T08:10:11Z');

describe('overlays of an analysis', () => {
  it('are one for each pair of widths, by the place of the layer', () => {
    const found = analysisOverlays(
      analysis([row('/b', 8, 12), row('/gone', 8, 1), row('/c', 8, null, { equal: true }), row('/a', 4, 3)]),
      at,
      layers,
    );
    expect(found.map(({ id, values }) => [id, values])).toEqual([
      [
        'analysis/isolated/sqnr/w8a8',
        [
          [1, 12],
          [3, null],
        ],
      ],
      ['analysis/isolated/sqnr/w4a8', [[0, 3]]],
    ]);
    expect(found[0]).toMatchObject({ label: 'SQNR, w8a8 (one layer quantized)', unit: 'dB', thresholds: [10, 20, 30, 40] });
  });

  it('say how, on what, when, and what all layers give together', () => {
    const [first] = analysisOverlays(analysis([row('/a', 8, 12)]), at, layers);
    expect(first?.origin).toBe(
      "one layer quantized, effect at the network's output · 64 pictures · 2026-11-22 08:10 UTC · all layers together 21.2 dB",
    );
  });

  it('of a metric without known borders are divided evenly, whatever is not finite', () => {
    const [first] = analysisOverlays(
      analysis([row('/a', 8, 0), row('/b', 8, 10), row('/c', 8, Infinity)], { metric: 'mse', unit: '', better: 'low' }),
      at,
      layers,
    );
    expect(first?.thresholds).toEqual([2, 4, 6, 8]);
  });
});

describe('words for widths', () => {
  it.each([
    [8, 8, 'w8a8'],
    [4, 'float', 'weights 4 bits'],
    ['float', 8, 'activations 8 bits'],
    ['ternary', 8, 'ternary weights, a8'],
  ] as const)('%s and %s', (weights, activations, text) => {
    expect(widthsText({ weights, activations })).toBe(text);
  });
});

describe('overlays of a file', () => {
  const file = (values: [string, number | null][]): Annotations => ({
    format: 'overlay file',
    models: [],
    overlays: [{ id: 'x', label: 'X', unit: '', better: 'low', thresholds: [1], values }],
  });
  const source = { id: 'run', origin: 'Run r' };

  it('stand at their layers, and say how many figures have none', () => {
    expect(fileOverlays(file([['/b', 2]]), source, layers)).toEqual([
      { id: 'run/x', label: 'X', unit: '', better: 'low', thresholds: [1], fold: 'worst', values: [[1, 2]], origin: 'Run r' },
    ]);
    const two = fileOverlays(file([['/b', null], ['/gone', 3]]), source, layers); // prettier-ignore
    expect(two[0]).toMatchObject({ values: [[1, null]], origin: 'Run r · 1 of its 2 figures are of no layer here' });
  });

  it('of other models are none', () => expect(fileOverlays(file([['other', 1]]), source, layers)).toEqual([]));

  it('find layers by the values they make, and by the first line of a name, unless a layer is called so', () => {
    const end = { type: 'float32', shape: null };
    const graph = {
      edges: [0, 1, 2].map((value) => ({ from: value, to: 2, value, output: 0, input: 0 })),
      values: [
        { name: 'made', ...end },
        { name: '/two\nlines', ...end },
        { name: 'input', ...end },
      ],
    } as DrawableGraph;
    const index = layerIndex([{ name: '/two\nlines', index: 0 }, { name: 'made', index: 1 }], graph); // prettier-ignore
    expect(['made', '/two', '/two\nlines', 'input'].map((name) => index.get(name))).toEqual([1, 0, 0, undefined]);
    expect(index.count).toBe(2);
  });

  it('have words of a length that fits a line', () => {
    const long = { ...file([['/a', 1]]).overlays[0]!, label: 'x'.repeat(1e6), unit: 'y'.repeat(1e6), id: 'z'.repeat(1e6) };
    const word = { value: 1, label: 'w'.repeat(1e6), level: 4 };
    const [view] = fileOverlays({ ...file([]), overlays: [{ ...long, classes: [word] }] }, source, layers);
    expect([view!.label.length, view!.unit.length, view!.id.length < 200, view!.classes![0]!.label.length]).toEqual([160, 16, true, 24]);
  });
});
