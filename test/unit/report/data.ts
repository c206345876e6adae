import type { Measurement } from '../../../src/protocol/results/common.ts';
import type { ModelSummary } from '../../../src/protocol/results/run.ts';
import type { ReportData, ReportedLayer } from '../../../src/engine/report/types.ts';

const summary = (role: ModelSummary['role'], bytes: number, weightBits: number): ModelSummary => ({
  path: `/models/${role}.onnx`,
  role,
  bytes,
  packedBytes: bytes - 100,
  parameters: 269_722,
  macs: 40_600_000,
  weightBits,
  activationBits: weightBits,
  sparsity: 0,
});

export const measurement = (value: number): Measurement => ({
  metric: 'top1',
  unit: '%',
  better: 'high',
  value,
  samples: 1000,
  confidence: [value - 2, value + 2],
  extra: { top5: 99.8, perClass: [{ class: 'cat', value: 90, samples: 100 }, { class: 'dog', value: 80, samples: 100 }] }, // prettier-ignore
});

export const hostileName = '<img src=x onerror="alert(1)">&\u202Egnp.exe';

const layers: ReportedLayer[] = [
  {
    name: '/conv1/Conv',
    op: 'Conv',
    outputShape: ['N', 16, null, 32],
    parameters: 448,
    macs: 442_368,
    weights: { bits: 8, type: 'int8', granularity: 'channel', sqnr: 42.03 },
    output: { type: 'uint8', low: 0, high: 7.125, scale: 0.0279, zeroPoint: 0, observed: null },
    error: { sqnrDb: 37.4, cosine: 0.9999, maxAbs: 0.05, meanShift: 0 },
    histogram: { low: -1, high: 1, a: [1, 4, 9], b: [1, 4, 8] },
  },
  { name: hostileName, op: 'Relu', error: { sqnrDb: -Infinity, cosine: 0, maxAbs: NaN, meanShift: 0 } },
  {
    name: '/softmax',
    op: 'Softmax',
    notQuantized: 'loses too much',
    error: { sqnrDb: null, equal: true, cosine: 1, maxAbs: 0, meanShift: 0 },
  },
];

export const reportData = (more: Partial<ReportData> = {}): ReportData => ({
  name: 'resnet20',
  started: '2026-11-22T05:10:00.000Z',
  ended: '2026-11-22T05:10:07.400Z',
  target: 'cpu',
  task: 'classification',
  seed: 0,
  recipe: 'version: 1\nmodel: "</pre><script>alert(2)</script>"\n',
  data: [{ use: 'calibration', path: '/data/<b>train</b>', samples: 100, labels: 'folders' }],
  input: { color: 'rgb', scale: 1 / 255, mean: [0.485, 0.456, 0.406], resize: { size: [32, 32], mode: 'bilinear' } },
  layers,
  outputs: [{ name: 'logits', sqnrDb: 29.5, cosine: 0.99945, maxAbs: 2.43 }],
  comparedSamples: 32,
  machine: { cpu: 'some processor', threads: 2 },
  versions: { lathe: '0.1.0', node: '20.20.2' },
  result: {
    run: '/runs/resnet20-1',
    recipe: '/runs/resnet20-1/recipe.resolved.yaml',
    steps: [{ step: 'quantize', seconds: 3.2, notes: ['opset 11 raised to 13'] }],
    models: [summary('input', 1_093_963, 32), summary('output', 324_492, 8)],
    metrics: { before: measurement(91.5), after: { ...measurement(91.4), asWritten: { value: 91.6 } } },
    gate: { drop: 1, measured: 0.1, met: true },
    report: '/runs/resnet20-1/report.html',
    peakRssBytes: 1e8,
    resumed: false,
    notQuantized: [{ name: '/gone', op: 'LRN', reason: 'no integer kernel' }],
    warnings: ['2 pictures were skipped'],
  },
  ...more,
});
