import { describe, expect, it } from 'vitest';
import { plainContext, type Clock } from '../../../src/engine/base/context.ts';
import { Cancelled, LatheError } from '../../../src/engine/base/errors.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import type { QuantizeRequest, QuantizeResult } from '../../../src/engine/quantize/types.ts';
import { quantizeDefaults } from '../../../src/engine/search/defaults.ts';
import { climb, type LadderResult } from '../../../src/engine/search/ladder/climb.ts';
import { rungs } from '../../../src/engine/search/ladder/rungs/index.ts';
import type { Variant } from '../../../src/engine/search/variants.ts';
import { seconds } from '../../../src/engine/search/auto-step.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';

const layers = ['a', 'b', 'c', 'd', 'e', 'f'];

interface World {
  /** What a variant loses, in points. */
  loss: (request: QuantizeRequest) => number;
  drop: number;
  seconds?: number;
  target?: string;
  /** Milliseconds that an attempt takes. */
  takes?: number;
  kept?: Map<string, unknown>;
}

/** The ladder over quantizations that are only thought of: what each loses is given, and time passes by a clock of its own. */
async function climbed(world: World): Promise<LadderResult & { made: number }> {
  const target = findTarget(world.target ?? 'cpu')!;
  const base: QuantizeRequest = { settings: quantizeDefaults(target), layers: {}, target };
  const request = ({ settings, layers: own }: Variant): QuantizeRequest => ({
    ...base,
    settings: { ...base.settings, ...settings },
    layers: own,
  });
  let now = 0;
  let made = 0;
  const clock: Clock = { now: () => now, monotonic: () => now };
  const context = plainContext({ clock });
  const kept = world.kept ?? new Map<string, unknown>();
  const requests = new Map<Model, QuantizeRequest>();
  const result = await climb(
    { rungs, drop: world.drop, seconds: world.seconds ?? Infinity, target },
    {
      context,
      variants: {
        request,
        quantized: (variant, { progress, signal }) => {
          now += world.takes ?? 1000;
          made++;
          progress.report({ phase: 'calibrate', done: 1, total: 1, unit: 'pictures' });
          if (signal.aborted) return Promise.reject(new Cancelled());
          const of = request(variant);
          if (layers.every((name) => of.layers[name]?.['quantize'] === false))
            return Promise.reject(new LatheError('quantize.nothing', 'nothing'));
          const model = {} as Model;
          requests.set(model, of);
          return Promise.resolve({ model } as QuantizeResult);
        },
      },
      judge: {
        measure: (model) => {
          const loss = world.loss(requests.get(model)!);
          const confidence = [loss - 1, loss + 1] as const;
          return Promise.resolve({ metric: 'top1', unit: '%', value: 90 - loss, loss, confidence, noise: loss, samples: 500 });
        },
      },
      bytesOf: ({ model }) => {
        const of = requests.get(model)!;
        const bits = (name: string): number => (of.layers[name]?.['quantize'] === false ? 32 : Number(of.layers[name]?.['weights'] ?? 8));
        return layers.reduce((sum, name) => sum + bits(name), 0);
      },
      sensitiveLayers: () => Promise.resolve(layers),
      piece: async (name, parts, work) => {
        const key = JSON.stringify([name, parts]);
        if (!kept.has(key)) kept.set(key, await work());
        return kept.get(key) as never;
      },
    },
  );
  return { ...result, made };
}

/** What a variant would lose where each layer brings one point until it is wider than 8 bits or float. */
const byWidth =
  (helps: (own: Readonly<Record<string, unknown>>) => boolean, until: number) =>
  ({ layers: own }: QuantizeRequest): number =>
    layers.reduce((sum, name, i) => sum + (own[name] && helps(own[name]) ? 0 : i < until ? 1 : 0.01), 0);

describe('the ladder', () => {
  it('stops at the first rung where that is enough', async () => {
    const { best, trials, done } = await climbed({ drop: 1, loss: () => 0.5 });
    expect(trials.map(({ title }) => title)).toEqual(['8 bits']);
    expect({ done, settings: best.settings }).toEqual({
      done: true,
      settings: { weights: 8, activations: 8, 'correct-bias': true, round: 'nearest' },
    });
  });

  it('keeps what helps, leaves out what does not, and stops when the loss is kept', async () => {
    const loss = ({ settings }: QuantizeRequest): number =>
      10 -
      (settings.calibrate === 'mse' ? 3 : settings.calibrate === 'percentile' ? 1 : 0) -
      (settings.equalize ? 4 : 0) +
      (settings.migrate ? 2 : 0) -
      (settings.round === 'layer' ? 3 : 0);
    const { best, trials, done } = await climbed({ drop: 1, loss });
    expect(trials.filter(({ kept }) => kept).map(({ title }) => title)).toEqual([
      '8 bits',
      'ranges by squared error',
      'cross-layer equalization',
      'rounding by layer',
    ]);
    expect(trials.map(({ loss: lost }) => lost)).toEqual([10, 7, 9, 3, 5, 3, 0]);
    expect(done).toBe(true);
    expect(best.settings).toMatchObject({ calibrate: 'mse', equalize: true, round: 'layer' });
    expect(best.settings).not.toHaveProperty('migrate');
  });

  it('widens as few layers as it takes, the most sensitive first', async () => {
    const { best, done } = await climbed({ drop: 1.1, loss: byWidth((own) => own['weights'] === 16 || own['quantize'] === false, 4) });
    expect(done).toBe(true);
    expect(Object.keys(best.layers)).toEqual(['a', 'b', 'c']);
    expect(best.layers['a']).toEqual({ weights: 16, activations: 16 });
  });

  it('leaves layers in float where nothing else helps, or where the target has no 16 bits', async () => {
    const float = byWidth((own) => own['quantize'] === false, 3);
    const { best, trials } = await climbed({ drop: 0.5, loss: float, target: 'zcu104' });
    expect(Object.keys(best.layers)).toEqual(['a', 'b', 'c']);
    expect(best.layers['c']).toEqual({ quantize: false });
    expect(trials.some(({ title }) => title.includes('16'))).toBe(false);
    expect(trials.filter(({ kept }) => kept).at(-1)!.title).toBe('3 layers in float');
  });

  it('says so when nothing keeps the loss, and gives the best', async () => {
    const { best, done, outOfTime } = await climbed({ drop: 1, loss: ({ settings }) => (settings.equalize ? 20 : 30) });
    expect({ done, outOfTime, loss: best.score.loss }).toEqual({ done: false, outOfTime: false, loss: 20 });
  });

  it('begins nothing after its time, but always finishes the first attempt', async () => {
    const loss = ({ settings }: QuantizeRequest): number => (settings.calibrate === 'mse' ? 8 : 9);
    const late = await climbed({ drop: 1, loss, seconds: 2.5, takes: 1000 });
    expect({ outOfTime: late.outOfTime, done: late.done, attempts: late.trials.length }).toEqual({
      outOfTime: true,
      done: false,
      attempts: 2,
    });
    expect(late.best.settings.calibrate).toBe('mse');
    const first = await climbed({ drop: 1, loss, seconds: 0.1, takes: 5000 });
    expect({ outOfTime: first.outOfTime, attempts: first.trials.length }).toEqual({ outOfTime: true, attempts: 1 });
  });

  it('goes on from what was measured before', async () => {
    const kept = new Map<string, unknown>();
    const loss = ({ settings }: QuantizeRequest): number => (settings.round === 'layer' ? 0 : 5);
    const whole = await climbed({ drop: 1, loss, kept });
    expect(whole.made).toBeGreaterThan(4);
    const [again] = [await climbed({ drop: 1, loss, kept })];
    expect(again.made).toBe(0);
    expect(again.trials.map(({ title, loss: lost }) => [title, lost])).toEqual(whole.trials.map(({ title, loss: lost }) => [title, lost]));
    expect(again.result).toBeUndefined();
  });

  it('reads times as people write them', () => {
    expect([seconds('90s'), seconds('10m'), seconds(' 1.5 h '), seconds(12), seconds(undefined)]).toEqual([90, 600, 5400, 12, Infinity]);
  });
});
