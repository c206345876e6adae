import { beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { LatheError } from '../../../src/engine/base/errors.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { prune } from '../../../src/engine/pipeline/steps/prune.ts';
import { quantize } from '../../../src/engine/pipeline/steps/quantize.ts';
import type { Ancestor, StepOutcome, StepRequest } from '../../../src/engine/pipeline/steps/step.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import type { PruningRound } from '../../../src/protocol/pruning.ts';
import { learnableBatches, trainSettings } from '../../support/learnable-batches.ts';
import { requestOf, stepOf } from '../../support/step-request.ts';
import { residualNetwork } from '../../support/trained-networks.ts';
import { runtime } from '../quantize/support.ts';

/** A float network that knows its task, so that cutting has something to lose. */
let float: Model;
beforeAll(async () => {
  float = residualNetwork(4, [8, 12], 'Relu');
  const settings = trainSettings({ epochs: 12, schedule: 'constant', 'learning-rate': 3e-3 });
  const batches = learnableBatches({ count: 128, batch: 32 });
  await train(
    { name: 'float', model: float, settings, losses: [{ loss: crossEntropy(), weight: 1 }], batches, batchNormalization: 'training' },
    { runtime, context: plainContext() },
  );
}, 60_000);

const own: Ancestor = { load: () => Promise.resolve(cloneModel(float)) };
const asked = (settings: Record<string, unknown>, labelled = true): StepRequest =>
  requestOf(stepOf('prune', settings), { runtime, ancestors: [own], model: cloneModel(float), labelled });
const roundsOf = ({ report }: StepOutcome): readonly PruningRound[] => report.rounds!;
const tuning = { epochs: 2, batch: 32 };

describe('step prune', () => {
  it('removes the part of the channels that is asked for, in rounds that are told', async () => {
    const told: number[] = [];
    const request = {
      ...asked({ channels: 0.5, steps: 2, criterion: 'l2', compensate: false }),
      watchRounds: (all: readonly PruningRound[]) => told.push(all.length),
    };
    const rounds = roundsOf(await prune.run(request));
    expect(told).toEqual([1, 2, 3]);
    const [first, , last] = rounds as [PruningRound, PruningRound, PruningRound];
    for (const [name, channels] of Object.entries(first.channels)) expect(last.channels[name]).toBe(channels / 2);
    expect(rounds.map(({ macs }) => macs)).toEqual(rounds.map(({ macs }) => macs).sort((a, b) => b - a));
    expect(last.parameters / first.parameters).toBeLessThan(0.4);
    expect(first.score!.cut).toBeGreaterThan(80);
    expect(first.milliseconds).toBeGreaterThan(0);
  });

  it.each(['macs', 'parameters'] as const)('reaches %s in the last round, and is on the way before', async (key) => {
    for (const schedule of ['geometric', 'linear']) {
      const rounds = roundsOf(await prune.run(asked({ [key]: 0.36, steps: 2, schedule, criterion: 'l2', compensate: false })));
      const left = rounds.map((round) => round[key] / rounds[0]![key]);
      expect(left[2]).toBeLessThanOrEqual(0.36);
      expect(left[2]).toBeGreaterThan(0.2);
      const between = schedule === 'linear' ? 0.68 : 0.6;
      expect(left[1]).toBeLessThanOrEqual(between);
      expect(left[1]).toBeGreaterThan(between - 0.15);
    }
  });

  it('counts what may go at most from the model before the first round, and says there what all rounds cannot reach', async () => {
    const limits = { steps: 2, criterion: 'l2', compensate: false, 'max-ratio': 0.5 };
    const [first, , last] = roundsOf(await prune.run(asked({ ...limits, channels: 0.8 }))) as [PruningRound, PruningRound, PruningRound];
    for (const [name, channels] of Object.entries(first.channels)) expect(last.channels[name]).toBe(channels / 2);
    const told: unknown[] = [];
    const request = { ...asked({ ...limits, macs: 0.1 }), watchRounds: (all: unknown) => void told.push(all) };
    await expect(prune.run(request)).rejects.toMatchObject({ code: 'prune.goal' });
    expect(told).toEqual([]);
  });

  it('makes up on pictures for what it took, without labels', async () => {
    const plain = roundsOf(await prune.run(asked({ macs: 0.4, criterion: 'l2', compensate: false }, false))).at(-1)!;
    const compensated = roundsOf(await prune.run(asked({ macs: 0.4 }, false))).at(-1)!;
    expect(compensated.macs).toBeLessThanOrEqual(roundsOf(await prune.run(asked({ macs: 0.4 }, false)))[0]!.macs * 0.4);
    expect(compensated.score!.metric).toBe(plain.score!.metric);
    expect(compensated.score!.cut! < plain.score!.cut!).toBe(plain.score!.better === 'low');
  });

  it('trains what is left to answer as the whole model did, and ends with the layers that were cut', async () => {
    const cut = await prune.run(asked({ macs: 0.3, criterion: 'l2', compensate: false }));
    const tuned = await prune.run(asked({ macs: 0.3, criterion: 'l2', compensate: false, finetune: tuning }));
    const [before, after] = [roundsOf(cut).at(-1)!.score!, roundsOf(tuned).at(-1)!.score!];
    expect(after.cut).toBe(before.cut);
    expect(after.tuned).toBeGreaterThan(before.cut!);
    expect(tuned.report.training!.points.length).toBeGreaterThan(0);
    const layers = ({ model }: StepOutcome): string[] =>
      model.graph.nodes.flatMap(({ op, label }) =>
        op === 'Conv' || op === 'Gemm' || op === 'BatchNormalization' ? [`${op} ${label}`] : [],
      );
    expect(layers(tuned)).toEqual(layers(cut));
  }, 60_000);

  it('takes a lower learning rate where less was lost, and the one that is said', async () => {
    const rateOf = async (settings: Record<string, unknown>): Promise<number> => {
      const { points } = (await prune.run(asked({ criterion: 'l2', ...settings }))).report.training!;
      return Math.max(...points.map(({ rate }) => rate));
    };
    const much = await rateOf({ macs: 0.2, compensate: false, finetune: { ...tuning, epochs: 8 } });
    const little = await rateOf({ macs: 0.9, finetune: { ...tuning, epochs: 8 } });
    expect(little).toBeLessThan(much);
    expect(await rateOf({ macs: 0.9, finetune: { ...tuning, 'learning-rate': 0.02 } })).toBe(0.02);
  }, 60_000);

  it('finds ratios by what is lost once layers have made up for it', async () => {
    const lossOf = async (settings: Record<string, unknown>): Promise<number> =>
      roundsOf(await prune.run(asked({ macs: 0.4, ...settings }))).at(-1)!.score!.cut!;
    expect(await lossOf({ ratios: 'sensitivity' })).toBeGreaterThanOrEqual(await lossOf({ scope: 'local' }));
  }, 60_000);

  it('keeps the cut where training only does harm', async () => {
    const settings = {
      macs: 0.6,
      finetune: { ...tuning, epochs: 1, 'batch-normalization': 'training', 'learning-rate': 50, optimizer: 'sgd', clip: 1 },
    };
    const [outcome, plain] = [await prune.run(asked(settings)), await prune.run(asked({ macs: 0.6 }))];
    const { cut, tuned } = roundsOf(outcome).at(-1)!.score!;
    expect(tuned).toBe(cut);
    expect(outcome.report.training!.validation!.scores.map(({ best }) => best)).toEqual([true, false]);
    expect(roundsOf(plain).at(-1)!.score!.cut).toBe(cut);
  }, 60_000);

  it('leaves layers as the recipe says', async () => {
    const request = asked({ channels: 0.5, criterion: 'l2', compensate: false });
    const [kept, quarter] = Object.keys(roundsOf(await prune.run(request))[0]!.channels) as [string, string];
    const layers = { [kept]: { prune: false }, [quarter]: { channels: 0.25 } };
    const rounds = roundsOf(
      await prune.run({ ...asked({ channels: 0.5, steps: 2, criterion: 'l2', compensate: false }), step: { ...request.step, layers } }),
    );
    const part = (name: string): number => rounds.at(-1)!.channels[name]! / rounds[0]!.channels[name]!;
    expect(part(kept)).toBe(1);
    expect(part(quarter)).toBe(0.75);
  });

  it('takes as much as a loss allows', async () => {
    const [first, last] = roundsOf(await prune.run(asked({ drop: 5, criterion: 'l2', compensate: false }))) as [PruningRound, PruningRound];
    expect(last.score!.cut).toBeGreaterThanOrEqual(first.score!.cut! - 5);
    expect(last.macs).toBeLessThan(first.macs);
  });
});

describe('step prune behind quantize', () => {
  const quantized = async (settings: Record<string, unknown>, own_: Record<string, unknown> = {}) => {
    const before = stepOf('quantize', { weights: 8, round: 'nearest' });
    const { model } = await quantize.run(requestOf(before, { runtime, ancestors: [own], model: cloneModel(float) }));
    const ancestors = [own, { step: before, load: () => Promise.resolve(cloneModel(model)) }];
    const request = requestOf(stepOf('prune', settings, 1), { runtime, ancestors, model: cloneModel(model) });
    return { model, outcome: await prune.run({ ...request, ...own_ }) };
  };
  const integers = ({ graph }: Model): number => graph.nodes.filter(({ op }) => op === 'DequantizeLinear').length;

  it('prunes the float model and quantizes what is left', async () => {
    const { outcome } = await quantized({ macs: 0.5 });
    expect(outcome.report.notes[0]).toMatch(/quantized again, as in step 1/);
    expect(integers(outcome.model)).toBeGreaterThan(0);
    expect(outcome.report.scheme).toMatch(/^pruned to .* static, weights 8 bits/);
    expect(roundsOf(outcome).at(-1)!.macs / roundsOf(outcome)[0]!.macs).toBeLessThanOrEqual(0.5);
  }, 60_000);

  it('cuts integers along their scales where nothing else is asked for', async () => {
    const { model, outcome } = await quantized({ channels: 0.5, criterion: 'l2', compensate: false });
    expect(integers(outcome.model)).toBe(integers(model));
    expect(encodeModel(outcome.model).length).toBeLessThan(encodeModel(model).length);
    await runtime.load(encodeModel(outcome.model), { optimize: 'all', threads: 1 }).then((session) => session.dispose());
  }, 60_000);

  it('cannot train integers that came as they are', async () => {
    const { model } = await quantized({ channels: 0.5, criterion: 'l2', compensate: false });
    const alone: Ancestor = { load: () => Promise.resolve(cloneModel(model)) };
    const request = requestOf(stepOf('prune', { finetune: tuning }), { runtime, ancestors: [alone], model: cloneModel(model) });
    await expect(prune.run(request)).rejects.toThrow(/needs a float model/);
  }, 60_000);
});

describe('what cannot be', () => {
  const wrong = (settings: Record<string, unknown>, changes: Partial<StepRequest> = {}) => prune.run({ ...asked(settings), ...changes });

  it('is said with what can', async () => {
    await expect(wrong({ channels: 1 })).rejects.toThrow(/would remove every channel/);
    const narrow = await wrong({ macs: 0, criterion: 'l2' }).catch((error: unknown) => error as LatheError);
    expect(narrow).toMatchObject({ code: 'prune.goal' });
    expect((narrow as LatheError).place.hint).toMatch(/The nearest is `macs: 0\.\d+`/);
    const request = asked({ channels: 0.5, criterion: 'l2' });
    const layers = Object.fromEntries(float.graph.nodes.map(({ label }) => [label, { prune: false }]));
    await expect(prune.run({ ...request, step: { ...request.step, layers } })).rejects.toThrow(/is left out/);
    const { validation: _, ...data } = request.data;
    await expect(wrong({ drop: 1 }, { data })).rejects.toThrow(/no pictures to measure on/);
    await expect(wrong({ latency: 0.5 }, { data: {} })).rejects.toThrow(/no pictures to measure on/);
  });

  it('nothing goes for a part of 0, and that is said', async () => {
    const outcome = await wrong({ channels: 0, criterion: 'l2' });
    expect(outcome.report.notes).toContain('No channel had to go: what was asked for is reached already.');
    expect(roundsOf(outcome)[1]!.parameters).toBe(roundsOf(outcome)[0]!.parameters);
  });
});
