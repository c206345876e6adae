import { beforeAll, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import { compareModels, type Comparison } from '../../../src/engine/evaluate/compare.ts';
import { LayerSums } from '../../../src/engine/evaluate/layer-sums.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { npy, put, temporaryFolder } from '../data/files.ts';
import { model, save } from './models.ts';

const folder = temporaryFolder();
const context = plainContext();
let runtime: Runtime;
let dataset: Dataset;

beforeAll(async () => {
  runtime = await createOrtRuntime();
  put(
    folder,
    'x.npy',
    npy(
      '<f4',
      [5, 2, 3, 3],
      Float32Array.from({ length: 90 }, (_, i) => Math.sin(i)),
    ),
  );
  const modelInput = { name: 'x', type: DataType.float32, shape: ['N', 2, 3, 3] } as const;
  dataset = await openDataset({ source: { path: 'x.npy' }, folder, input: undefined, modelInput, seed: 0 }, context);
});

const io: Parameters<typeof model>[1] = { input: ['x', ['N', 2, 3, 3]], output: ['y', ['N', 2, 3, 3]] };
const kernel = (factor: number): Tensor =>
  Tensor.float32(
    [2, 2, 1, 1],
    [0.5, -1, 2, 0.25].map((value) => value * factor),
  );
const vector = (a: number, b: number): Tensor => Tensor.float32([2], [a, b]);
const normalization = { scale: vector(2, 4), shift: vector(0.5, -0.5), mean: vector(0, 0), variance: vector(1, 1) };
const exact = { epsilon: { kind: 'float', value: 0 } as const };

/** Conv, normalization, Relu, Conv. */
const original = (): Model =>
  model(
    [
      ['Conv', ['x', 'w1'], ['c1']],
      ['BatchNormalization', ['c1', 'scale', 'shift', 'mean', 'variance'], ['n1'], exact],
      ['Relu', ['n1'], ['r1']],
      ['Conv', ['r1', 'w2'], ['y']],
    ],
    io,
    { w1: kernel(1), w2: kernel(3), ...normalization },
  );

const folded = Tensor.float32([2, 2, 1, 1], [1, -2, 8, 1]);

async function compare(b: Model, more: { histograms?: boolean; samples?: number } = {}): Promise<Comparison> {
  return compareModels({ a: save(folder, 'a.onnx', original()), b: save(folder, 'b.onnx', b), dataset, ...more }, { runtime, context });
}

it('a model and itself: every layer equal, nothing changed', async () => {
  const { document } = await compare(original());
  expect(document.structure).toEqual({ added: [], removed: [], changed: [] });
  expect(document.layers.map(({ a, b, sqnrDb, equal, maxAbs }) => [a, b, sqnrDb, equal, maxAbs])).toEqual(
    ['c1', 'n1', 'r1', 'y'].map((name) => [name, name, null, true, 0]),
  );
  expect(document.outputs).toEqual([{ name: 'y', sqnrDb: null, equal: true, cosine: 1, maxAbs: 0 }]);
  expect(document).toMatchObject({ samples: 5, warnings: [] });
});

it('a folded normalization: the convolution is compared with what came behind it', async () => {
  const b = model([['Conv', ['x', 'w1', 'shift'], ['n1']], ['Relu', ['n1'], ['r1']], ['Conv', ['r1', 'w2'], ['y']]], io, { w1: folded, w2: kernel(3), shift: normalization.shift }); // prettier-ignore
  b.graph.nodes[0]!.name = 'c1';
  const { document } = await compare(b);
  expect(document.layers.map(({ a, b: other }) => [a, other])).toEqual([['c1', 'c1'], ['r1', 'r1'], ['y', 'y']]); // prettier-ignore
  for (const { sqnrDb } of document.layers) expect(sqnrDb ?? Infinity).toBeGreaterThan(100);
  expect(document.structure).toEqual({ added: [], removed: ['n1'], changed: ['c1'] });
});

it('renamed nodes and values are matched by what they do', async () => {
  const b = model(
    [['Conv', ['x', 'w'], ['p']], ['BatchNormalization', ['p', 'scale', 'shift', 'mean', 'variance'], ['q'], exact], ['Relu', ['q'], ['s']], ['Conv', ['s', 'v'], ['y']]],
    io, { w: kernel(1), v: kernel(3), ...normalization }, 'new/',
  ); // prettier-ignore
  const { document } = await compare(b);
  expect(document.layers.map(({ a, b: other, equal }) => [a, other, equal])).toEqual([['c1', 'new/p', true], ['n1', 'new/q', true], ['r1', 'new/s', true], ['y', 'new/y', true]]); // prettier-ignore
  expect(document.structure).toEqual({ added: [], removed: [], changed: [] });
});

const scales = { s: Tensor.float32([], [1 / 16]), z: Tensor.of(DataType.uint8, [], Uint8Array.of(0)) };

it('Q/DQ pairs are walked through, and a Relu that melted into their range', async () => {
  const b = model(
    [
      ['Conv', ['x', 'w1'], ['c1']],
      ['BatchNormalization', ['c1', 'scale', 'shift', 'mean', 'variance'], ['n1'], exact],
      ['QuantizeLinear', ['n1', 's', 'z'], ['n1_q']],
      ['DequantizeLinear', ['n1_q', 's', 'z'], ['n1_dq']],
      ['Conv', ['n1_dq', 'w2'], ['y']],
    ],
    io,
    { w1: kernel(1), w2: kernel(3), ...normalization, ...scales },
  );
  const { document } = await compare(b);
  // Rounding to sixteenths, the negative half gone as behind the Relu.
  const [c1, n1, y] = document.layers;
  expect([c1, n1, y].map((layer) => layer!.a)).toEqual(['c1', 'n1', 'y']);
  expect(c1!.equal).toBe(true);
  expect(n1!.maxAbs).toBeGreaterThan(0);
  expect(n1!.maxAbs).toBeLessThanOrEqual(1 / 32 + 1e-6);
  expect(n1!.sqnrDb).toBeGreaterThan(30);
  expect(document.structure.added).toEqual(['n1_q', 'n1_dq']);
  expect(document.structure.removed).toEqual(['r1']);
});

it('gives errors their sign and size, and histograms over one axis', async () => {
  const b = original();
  b.graph.initializers.set('w2', kernel(3.3));
  const { document, histograms } = await compare(b, { histograms: true, samples: 3 });
  const y = document.layers.find((layer) => layer.a === 'y')!;
  expect(y.sqnrDb).toBeCloseTo(20, 3);
  expect(y.cosine).toBeCloseTo(1, 6);
  expect(document.structure.changed).toEqual(['y']);
  expect(document.samples).toBe(3);
  const { a, b: other, low, high } = histograms.get('y')!;
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  expect([total(a), total(other)]).toEqual([54, 54]);
  expect(low).toBeLessThan(high);
});

it('without pictures only structure and sizes', async () => {
  const files = { a: save(folder, 'a.onnx', original()), b: save(folder, 'b.onnx', original()) };
  const { document } = await compareModels(files, { runtime, context });
  expect(document).toMatchObject({ layers: [], outputs: [], samples: 0, structure: { added: [], removed: [], changed: [] } });
  expect(document.size.a).toBeGreaterThan(100);
});

it('sums agree with their definitions, infinities and zeros included', () => {
  const sums = new LayerSums(false);
  sums.add([1, 2], [1, 2.5]);
  sums.add([-3], [-3]);
  expect(sums.error.sqnrDb).toBeCloseTo(10 * Math.log10(14 / 0.25), 9);
  expect(sums.error.maxAbs).toBe(0.5);
  expect(sums.error.meanShift).toBeCloseTo(0.5 / 3, 9);
  expect(sums.error.cosine).toBeCloseTo(15 / Math.sqrt(14 * 16.25), 9);
  const lost = new LayerSums(false);
  lost.add([0, 0], [0, 1]);
  expect(lost.error).toMatchObject({ sqnrDb: -Infinity, cosine: 0 });
  const same = new LayerSums(false);
  same.add([Infinity, 1], [Infinity, 1]);
  expect(same.error).toMatchObject({ sqnrDb: null, equal: true, maxAbs: 0 });
});
