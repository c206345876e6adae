import { describe, expect, it } from 'vitest';
import { analyzeSummary, evaluateSummary, progressText, runSummary, searchSummary } from '../../../src/extension/jobs/wording.ts';
import type { AnalyzeDocument } from '../../../src/protocol/results/analyze.ts';
import type { Measurement } from '../../../src/protocol/results/common.ts';
import type { ModelSummary, RunDocument } from '../../../src/protocol/results/run.ts';

const measured = (value: number, low: number, high: number): Measurement => ({
  metric: 'top1',
  unit: '%',
  better: 'high',
  value,
  samples: 1000,
  confidence: [low, high],
});
const file = (role: ModelSummary['role'], bytes: number): ModelSummary =>
  ({ path: `/${role}.onnx`, role, bytes }) as Partial<ModelSummary> as ModelSummary;
const run = (more: Partial<RunDocument>): RunDocument =>
  ({ models: [file('input', 1_100_000), file('output', 310_000)], ...more }) as Partial<RunDocument> as RunDocument;

describe('what notifications say', () => {
  it('of a run: size and accuracy, before and after, with the margin', () => {
    const metrics = { before: measured(91.5, 89.6, 93.1), after: measured(91.3, 90.5, 92) };
    expect(runSummary(run({ metrics }))).toBe('1.1 MB → 0.31 MB · top-1 91.5 → 91.3 % (±0.8)');
  });

  it('of a run without test data: only the sizes; of a missed limit: by how much', () => {
    expect(runSummary(run({}))).toBe('1.1 MB → 0.31 MB');
    const metrics = { before: measured(91.5, 90, 93), after: measured(89, 87, 91) };
    expect(runSummary(run({ metrics, gate: { drop: 1, measured: 2.5, met: false } }))).toContain('limit missed: 2.5 % lost, 1.0 % allowed');
  });

  it('of progress: the step and an honest time, none before it is known', () => {
    const progress = { phase: 'calibrate', done: 34, total: 100, unit: 'pictures', fraction: 0.2 };
    expect(progressText(progress)).toBe('calibrate: 34 of 100 pictures');
    expect(progressText({ ...progress, secondsLeft: 12.3 })).toBe('calibrate: 34 of 100 pictures · about 12 s left');
  });

  it('of an evaluation: metric, margin, count, latency with threads', () => {
    const result = {
      model: 'a',
      ...measured(91.5, 89.6, 93.1),
      latencyMs: { median: 3.14159, p90: 4 },
      threads: 4,
      extra: {},
      warnings: [],
    };
    expect(evaluateSummary(result)).toBe('top-1 91.5 % (±1.9, 1000 pictures) · 3.14 ms a picture (median, 4 threads)');
  });
});

describe('what notifications say of measuring and choosing', () => {
  it('of an analysis: how much was measured, the worst layers, what was left out', () => {
    const layer = (name: string, value: number | null) => ({
      name,
      op: 'Conv',
      bits: 8,
      weights: 8,
      activations: 8,
      value,
      parameters: 1,
      macs: 1,
    });
    const document: AnalyzeDocument = {
      model: '/m.onnx',
      method: 'isolated',
      metric: 'sqnr',
      measure: 'sqnr',
      unit: 'dB',
      better: 'high',
      samples: 64,
      layers: [layer('/a', 12.34), { ...layer('/b', null), equal: true }, layer('/a', 40)],
      baseline: [],
      notAnalyzed: [{ name: '/r', op: 'Relu', reason: 'no weights' }],
      seconds: 3.21,
      forwardPasses: 9,
      cached: false,
      warnings: [],
    };
    expect(analyzeSummary(document)).toBe('2 layers on 64 pictures in 3.21 s · worst /a 12.3 dB, /b no error · 1 not analyzed');
  });

  it('of a search: widths from wide to narrow, bytes, and what was spent of the budget', () => {
    const widths = [8, 4, 'float', 4] as const;
    const layers = widths.map((weights, i) => ({ name: `/${i}`, op: 'Conv', parameters: 1, macs: 1, weights, errors: {} }));
    const point = { name: 'found', cost: 1, percent: 50, bytes: 54_000, predicted: 0.1 };
    const search = {
      method: 'knapsack',
      budget: { kind: 'bit-operations', limit: 1, unit: '', uniform8: 2 },
      metric: 'top1',
      unit: '%',
      samples: 10,
      found: point,
      compared: [],
      front: [],
      layers,
      notes: [],
    };
    expect(searchSummary({ ...run({}), search })).toBe(
      '1 layer in float, 1 at 8, 2 at 4 · weights 54 kB · bit operations 50.0 % of all layers at 8 bits',
    );
  });
});
