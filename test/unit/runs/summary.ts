import type { ModelSummary } from '../../../src/protocol/results/run.ts';
import type { RunMeasurement, RunSummary } from '../../../src/protocol/runs.ts';

export const model = (role: ModelSummary['role'], bytes: number, more: Partial<ModelSummary> = {}): ModelSummary => ({
  path: role === 'input' ? '/models/net.onnx' : '/runs/one/models/net_quantize.onnx',
  role,
  bytes,
  packedBytes: bytes,
  parameters: 1000,
  macs: 5_000_000,
  weightBits: 8,
  activationBits: 8,
  sparsity: 0,
  ...more,
});

export const measured = (value: number, more: Partial<RunMeasurement> = {}): RunMeasurement => ({
  metric: 'top1',
  unit: '%',
  better: 'high',
  value,
  samples: 1000,
  confidence: [value - 2, value + 2],
  ...more,
});

/** A finished run with figures. */
export const summary = (more: Partial<RunSummary> = {}): RunSummary => ({
  folder: '/runs/one',
  name: 'one',
  status: 'finished',
  started: '2026-03-02T10:00:00.000Z',
  ended: '2026-03-02T10:01:05.000Z',
  recipe: '/projects/one.compress.yaml',
  model: '/models/net.onnx',
  target: 'cpu',
  method: 'quantize weights 8, activations 8',
  models: [model('input', 400_000), model('output', 110_000)],
  metrics: { before: measured(91.5), after: measured(91.3) },
  test: { path: '/data/test', samples: 1000, fingerprint: 'abc' },
  warnings: 0,
  ...more,
});
