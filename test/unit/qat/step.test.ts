import { beforeAll, describe, expect, it } from 'vitest';
import { noCheckpoints } from '../../../src/engine/base/checkpoint.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { sampled } from '../../../src/engine/data/sampled.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { qat } from '../../../src/engine/pipeline/steps/qat.ts';
import { quantize } from '../../../src/engine/pipeline/steps/quantize.ts';
import type { Ancestor, StepOutcome, StepRequest } from '../../../src/engine/pipeline/steps/step.ts';
import { fillDefaults } from '../../../src/engine/recipe/defaults.ts';
import { findStep } from '../../../src/engine/recipe/steps.ts';
import type { ResolvedRecipe, ResolvedStep } from '../../../src/engine/recipe/types.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import { learnableBatches, trainSettings } from '../../support/learnable-batches.ts';
import { learnableDataset } from '../../support/step-request.ts';
import { residualNetwork } from '../../support/trained-networks.ts';
import { runtime } from '../quantize/support.ts';

const context = plainContext();

const stepOf = (name: string, settings: Record<string, unknown>, index = 0): ResolvedStep => ({
  step: name,
  index,
  settings: fillDefaults(findStep(name)!.parameters, settings) as Record<string, unknown>,
  layers: {},
});

function requestOf(step: ResolvedStep, ancestors: readonly Ancestor[], model: Model, labelled = true): StepRequest {
  const recipe = { version: 1, folder: '/', name: 'made', model: '/made.onnx', target: 'cpu', task: labelled ? 'classification' : 'none', seed: 0, data: {}, steps: [step] } as unknown as ResolvedRecipe; // prettier-ignore
  const data = {
    train: learnableDataset(0, 128, labelled),
    calibration: learnableDataset(0, 16, labelled),
    validation: learnableDataset(128, 192, labelled),
  };
  return {
    model,
    step,
    recipe,
    data,
    runtime,
    context,
    checkpoints: noCheckpoints,
    piece: (_, __, work) => work(),
    modelPiece: (_, __, work) => work(),
    ancestors,
    models: new Map(),
  };
}

/** A float network that knows its task, so that rounding has something to lose. */
let float: Model;
beforeAll(async () => {
  float = residualNetwork(4, [8, 12], 'Relu');
  const settings = trainSettings({ epochs: 4, schedule: 'constant', 'learning-rate': 3e-3 });
  const batches = learnableBatches({ count: 128, batch: 32 });
  await train(
    { name: 'float', model: float, settings, losses: [{ loss: crossEntropy(), weight: 1 }], batches, batchNormalization: 'training' },
    { runtime, context },
  );
}, 60_000);

const own: Ancestor = { load: () => Promise.resolve(cloneModel(float)) };
const trained = (settings: Record<string, unknown>, labelled = true): Promise<StepOutcome> =>
  qat.run(requestOf(stepOf('qat', { batch: 32, ...settings }), [own], cloneModel(float), labelled));
const scoresOf = ({ report }: StepOutcome): readonly { value: number; best: boolean }[] => report.training!.validation!.scores;

describe('step qat', () => {
  it('gains on what it started from, and writes integers', async () => {
    const result = await trained({ epochs: 4, weights: 2, activations: 2, 'learning-rate': 1e-3 });
    const scores = scoresOf(result);
    expect(Math.max(...scores.map(({ value }) => value))).toBeGreaterThan(scores[0]!.value);
    expect(result.model.graph.nodes.some(({ op }) => op === 'QuantizeLinear')).toBe(true);
    expect(result.model.graph.nodes.some(({ op }) => op === 'FakeQuantize' || op === 'BatchNormalization')).toBe(false);
    expect(result.report.layers.filter(({ weights }) => weights).length).toBeGreaterThan(4);
  }, 60_000);

  it('gives back what quantization made where training only does harm', async () => {
    const settings = { weights: 4, activations: 4, round: 'nearest' };
    const harmed = await trained({ epochs: 1, ...settings, 'learning-rate': 0.3, 'batch-normalization': 'frozen' });
    const plain = await quantize.run(requestOf(stepOf('quantize', settings), [own], cloneModel(float)));
    expect(scoresOf(harmed).map(({ best }) => best)).toEqual([true, false]);
    expect(Buffer.compare(encodeModel(harmed.model), encodeModel(plain.model))).toBe(0);
  }, 60_000);

  it('goes on from the quantize step before it, with its settings under its own', async () => {
    const before = stepOf('quantize', { weights: 3, granularity: 'tensor', round: 'nearest' });
    const quantized = await quantize.run(requestOf(before, [own], cloneModel(float)));
    const ancestors = [own, { step: before, load: () => Promise.resolve(cloneModel(quantized.model)) }];
    const after = await qat.run(requestOf(stepOf('qat', { epochs: 0, activations: 6 }, 1), ancestors, cloneModel(quantized.model)));
    const weights = after.report.layers.flatMap(({ weights: row }) => (row ? [row as { bits: number; granularity: string }] : []));
    expect(new Set(weights.map(({ bits, granularity }) => `${bits} ${granularity}`))).toEqual(new Set(['3 tensor']));
    expect(after.report.scheme).toMatch(/^qat lsq, static, weights 3 bits per tensor, activations 6 bits/);
    await expect(
      qat.run(requestOf(stepOf('qat', {}), [own, { ...own, step: stepOf('quantize', { method: 'dynamic' }) }], float)),
    ).rejects.toThrow(/method: dynamic/);
  }, 60_000);

  it('leaves frozen layers as quantization made them', async () => {
    const settings = { weights: 4, round: 'nearest', 'learning-rate': 1e-2 };
    const still = await trained({ epochs: 0, ...settings });
    // Without validation pictures the last weights are kept.
    const request = requestOf(stepOf('qat', { batch: 32, epochs: 1, ...settings, freeze: ['Conv'] }), [own], cloneModel(float));
    const { validation: _, ...data } = request.data;
    const moved = await qat.run({ ...request, data });
    const weightsOf = ({ model: { graph } }: StepOutcome, op: string): Buffer[] =>
      graph.nodes
        .filter((node) => node.op === op)
        .map((node) => Buffer.from(graph.constant(graph.producer(node.inputs[1]!)!.inputs[0]!)!.bytes));
    expect(weightsOf(moved, 'Conv')).toEqual(weightsOf(still, 'Conv'));
    expect(weightsOf(moved, 'Gemm')).not.toEqual(weightsOf(still, 'Gemm'));
    await expect(trained({ freeze: ['*'] })).rejects.toThrow(/no layer is left/);
  });

  it('says which pictures it misses, not what another step could do without them', async () => {
    const bare = { ...requestOf(stepOf('qat', {}), [own], cloneModel(float)), data: {} };
    const hint = expect.stringMatching(/data\.train/) as string;
    await expect(qat.run(bare)).rejects.toMatchObject({ code: 'training.no-pictures', place: { hint } });
  });

  it('calibrates on training pictures where there are no others, some of each part', async () => {
    const few = sampled(learnableDataset(0, 100), 8);
    expect(few.samples.map(({ id }) => id)).toEqual(['0', '12', '25', '37', '50', '62', '75', '87']);
    const seen: string[] = [];
    for await (const { id, index } of few.stream({ signal: context.signal, from: 2 })) seen.push(`${index} ${id}`);
    expect(seen).toEqual(['2 25', '3 37', '4 50', '5 62', '6 75', '7 87']);
    const { calibration: _, ...data } = requestOf(stepOf('qat', {}), [own], float).data;
    const result = await qat.run({ ...requestOf(stepOf('qat', { epochs: 0, round: 'nearest' }), [own], cloneModel(float)), data });
    expect(result.model.graph.nodes.some(({ op }) => op === 'QuantizeLinear')).toBe(true);
  });

  it('learns from the float model alone where there are no labels', async () => {
    const result = await trained({ epochs: 3, weights: 2, activations: 3, method: 'pact', 'learning-rate': 1e-3 }, false);
    const { points } = result.report.training!;
    expect(points.at(-1)!.loss).toBeLessThan(points[0]!.loss);
  }, 60_000);
});
