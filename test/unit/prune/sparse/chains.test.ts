import { describe, expect, it } from 'vitest';
import { noCheckpoints } from '../../../../src/engine/base/checkpoint.ts';
import { plainContext } from '../../../../src/engine/base/context.ts';
import type { Dataset, LoadedSample } from '../../../../src/engine/data/types.ts';
import { cloneModel } from '../../../../src/engine/onnx/clone.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { pruneWeights } from '../../../../src/engine/pipeline/sparse/prune-weights.ts';
import { cluster } from '../../../../src/engine/pipeline/steps/cluster.ts';
import { distill } from '../../../../src/engine/pipeline/steps/distill.ts';
import { prune } from '../../../../src/engine/pipeline/steps/prune.ts';
import { qat } from '../../../../src/engine/pipeline/steps/qat.ts';
import { quantize } from '../../../../src/engine/pipeline/steps/quantize.ts';
import type { Ancestor, StepOutcome, StepRequest } from '../../../../src/engine/pipeline/steps/step.ts';
import { train } from '../../../../src/engine/pipeline/steps/train.ts';
import { weightSites } from '../../../../src/engine/prune/sparse/weight-sites.ts';
import { fillDefaults } from '../../../../src/engine/recipe/defaults.ts';
import { findStep } from '../../../../src/engine/recipe/steps.ts';
import type { ResolvedRecipe } from '../../../../src/engine/recipe/types.ts';
import { learnablePicture } from '../../../support/learnable-batches.ts';
import { residualNetwork } from '../../../support/trained-networks.ts';
import { runtime } from '../../quantize/support.ts';

const dims = [3, 16, 16];
const pictures = (from: number, to: number): Dataset => {
  const known = Array.from({ length: to - from }, (_, index) => ({
    index,
    id: `${from + index}`,
    ...learnablePicture(from + index, { count: to, batch: 1 }),
  }));
  const info = ({ index, id, label }: (typeof known)[number]) => ({ index, id, label });
  return {
    path: 'made',
    samples: known.map(info),
    fingerprint: `${from} ${to}`,
    classes: ['a', 'b', 'c', 'd', 'e'],
    async *stream({ from: first = 0, to: last = known.length }) {
      for (const picture of known.slice(first, last)) {
        const input = { type: DataType.float32, dims, data: picture.data };
        const sample: LoadedSample = { ...info(picture), input, geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 } };
        yield sample;
      }
    },
  };
};
const data = { train: pictures(0, 64), calibration: pictures(0, 16), validation: pictures(64, 80) };

/** A request for one step on the last of the models. */
function requestOf(name: string, written: Record<string, unknown>, models: readonly Model[]): StepRequest {
  const { parameters } = findStep(name)!;
  const step = { step: name, index: 0, settings: fillDefaults(parameters, written) as Record<string, unknown>, layers: {} };
  const recipe = { version: 1, folder: '/', name: 'made', model: '/made.onnx', target: 'cpu', task: 'classification', seed: 0, data: {}, steps: [step] } as unknown as ResolvedRecipe; // prettier-ignore
  const ancestors = models.map((model): Ancestor => ({ load: () => Promise.resolve(cloneModel(model)) }));
  return {
    model: cloneModel(models.at(-1)!),
    step,
    recipe,
    data,
    runtime,
    context: plainContext(),
    checkpoints: noCheckpoints,
    piece: (_, __, work) => work(),
    modelPiece: (_, __, work) => work(),
    ancestors,
    models: new Map(),
  };
}

const dense = residualNetwork(4, [8, 12], 'Relu');
const pruned = (settings: Record<string, unknown>): Promise<StepOutcome> => pruneWeights(requestOf('prune', settings, [dense]));
const methods = [
  { method: 'weights', sparsity: 0.7 },
  { method: 'n-m', pattern: '2:4' },
  { method: 'blocks', block: [4, 1], sparsity: 0.5 },
];

/** Places of zeros by layer, and how many there are. */
const zerosOf = (model: Model): Map<string, Set<number>> =>
  new Map(
    weightSites(model).sites.map(({ layer, values }) => [
      layer,
      new Set([...values.entries()].flatMap(([i, value]) => (value === 0 ? [i] : []))),
    ]),
  );
const count = (model: Model): number => [...zerosOf(model).values()].reduce((sum, { size }) => sum + size, 0);

/** How many zeros of `before` are none any more. */
function lost(before: Model, after: Model): number {
  const [was, is] = [zerosOf(before), zerosOf(after)];
  expect([...is.keys()]).toEqual([...was.keys()]);
  return [...was].reduce((sum, [layer, places]) => sum + [...places].filter((place) => !is.get(layer)!.has(place)).length, 0);
}

describe('zeros of a sparse model', () => {
  it('are what was asked for, and said', async () => {
    const { model, report } = await pruned(methods[0]!);
    const size = weightSites(model).sites.reduce((sum, { values }) => sum + values.length, 0);
    expect(count(model) / size).toBeCloseTo(0.7, 2);
    expect(report.notes[0]).toMatch(/^70\.0 % of the [\d,]+ weights of \d+ layers are zero \(single weights\)/);
    expect(report.notes.join(' ')).toMatch(/ONNX Runtime multiplies by zeros as by any number/);
  });

  it.each(methods)('stay through train and distill ($method)', async (settings) => {
    const { model } = await pruned(settings);
    const tuned = await train.run(requestOf('train', { epochs: 1, batch: 16, ema: 0.9 }, [model]));
    expect(tuned.report.training!.validation!.scores.length).toBe(2);
    expect(lost(model, tuned.model)).toBe(0);
    const taught = await distill.run(requestOf('distill', { epochs: 1, batch: 16 }, [dense, model]));
    expect(lost(model, taught.model)).toBe(0);
    expect(tuned.model.metadata.get('lathe.sparse')).toBe(model.metadata.get('lathe.sparse'));
  });

  it.each([
    { weights: 8 },
    { weights: 4, 'symmetric-weights': false },
    { weights: 3, round: 'layer' },
    { weights: 3, round: 'layer', granularity: 'tensor' },
    { weights: 3, round: 'block' },
    { weights: 8, scales: 'power-of-two', round: 'layer' },
    { weights: 'ternary', round: 'layer' },
    { weights: 4, equalize: true },
    { method: 'weight-only', weights: 4, granularity: 'block', 'block-size': 16 },
  ])('stay through quantization: %j', async (settings) => {
    const { model } = await pruned({ method: 'weights', sparsity: 0.6 });
    const { model: written } = await quantize.run(requestOf('quantize', settings, [model]));
    expect(lost(model, written)).toBe(0);
  });

  it.each(['lsq', 'plain', 'pact', 'inq'])('stay through qat: %s', async (method) => {
    const { model } = await pruned({ method: 'weights', sparsity: 0.6 });
    const settings = { method, epochs: 1, batch: 16, weights: 4, 'learning-rate': 1e-2 };
    const trained = await qat.run(requestOf('qat', settings, [model]));
    expect(trained.report.training!.validation!.scores.length).toBe(2);
    expect(lost(model, trained.model)).toBe(0);
  });

  it.each([0, 0.5])('are there after fine-tuning, whose curve never ends below its first score (ramp %d)', async (ramp) => {
    const settings = { method: 'weights', sparsity: 0.8, ramp, finetune: { epochs: 2, batch: 16, 'learning-rate': 3e-3 } };
    const request = requestOf('prune', settings, [dense]);
    const { model, report } = await prune.run(request);
    const size = weightSites(model).sites.reduce((sum, { values }) => sum + values.length, 0);
    expect(count(model) / size).toBeCloseTo(0.8, 2);
    expect(report.training!.validation!.scores).toHaveLength(3);
    expect(report.notes[0]).toMatch(/^80\.0 %/);
  });

  it('come into a quantized model too', async () => {
    const { model: quantized } = await quantize.run(requestOf('quantize', { weights: 8 }, [dense]));
    const { model } = await pruneWeights(requestOf('prune', methods[0]!, [dense, quantized]));
    const size = weightSites(model).sites.reduce((sum, { values }) => sum + values.length, 0);
    expect(count(model) / size).toBeCloseTo(0.7, 2);
    expect(weightSites(model).sites.map(({ layer }) => layer)).toEqual(weightSites(dense).sites.map(({ layer }) => layer));
  });
});

describe('shared values of a clustered model', () => {
  const distinct = (model: Model): number[] => weightSites(model).sites.map(({ values }) => new Set(values).size);
  const clustered = (settings: Record<string, unknown>, ...models: Model[]): Promise<StepOutcome> =>
    cluster.run(requestOf('cluster', settings, models));

  it('are as few as asked for, and said', async () => {
    const { model, report } = await clustered({ values: 16 }, dense);
    expect(Math.max(...distinct(model).slice(1, -1))).toBe(16);
    expect(report.notes[0]).toMatch(/share at most 16 values each; what that changed is [\d.]+ % of their power/);
    expect(report.bits['Conv9']).toEqual({ weights: 4, elements: 8 * 8 * 9 });
    await expect(clustered({ values: 65_536 }, dense)).rejects.toThrow(/no layer of this model has weights to share/);
  });

  it('move in training, and stay as few; zeros stay zero', async () => {
    const { model: sparse } = await pruned({ method: 'weights', sparsity: 0.6 });
    const { model } = await clustered({ values: 8, finetune: { epochs: 1, batch: 16 } }, sparse);
    expect(Math.max(...distinct(model))).toBeLessThanOrEqual(8);
    expect(lost(sparse, model)).toBe(0);
    // Without validation pictures the last weights are kept.
    const request = requestOf('train', { epochs: 1, batch: 16, 'learning-rate': 3e-3 }, [model]);
    const tuned = await train.run({ ...request, data: { train: data.train } });
    expect(distinct(tuned.model)).toEqual(distinct(model));
    expect(weightSites(tuned.model).sites[1]!.values).not.toEqual(weightSites(model).sites[1]!.values);
    expect(lost(sparse, tuned.model)).toBe(0);
  });
});
