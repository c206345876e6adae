import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/engine/base/json.ts';
import type { LoadedSample } from '../../../src/engine/data/types.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { analyze } from '../../../src/engine/sensitivity/analyze.ts';
import { chunks, pictureBytes } from '../../../src/engine/sensitivity/pictures.ts';
import { analysisOf, mergeAnalyses, readAnalysis, writeAnalysis } from '../../../src/engine/sensitivity/part.ts';
import { Cuts } from '../../../src/engine/sensitivity/cuts.ts';
import type { Estimate } from '../../../src/engine/sensitivity/types.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { runtime } from '../quantize/support.ts';
import { branches, chain, conditional } from './networks.ts';
import { brute, context, figures, measure, planOf, sqnrOf, variantsByName, w4a4, w8a8 } from './support.ts';

const dataset = noiseDataset(5, [3, 8, 8]);
const branchPlan = await planOf(branches(), dataset);
const outputs = ['scores', 'map'];

/** SQNR over both outputs, whose shares of noise count alike. */
function both(float: Record<string, Float32Array[]>, other: Record<string, Float32Array[]>): number {
  const shares = outputs.map((name) => 10 ** (-sqnrOf(float[name]!, other[name]!) / 10));
  return -10 * Math.log10((shares[0]! + shares[1]!) / 2);
}

describe('figures equal those of the whole model, run on every picture', () => {
  it('isolated, for every layer of a network with branches and two outputs', async () => {
    const found = await figures(branchPlan, dataset, { widths: [w8a8, w4a4] });
    const float = await brute(branchPlan, dataset, [], []);
    for (const widths of [w8a8, w4a4]) {
      const variants = await variantsByName(branchPlan, widths);
      expect([...variants.keys()]).toEqual(['first', 'inner', 'long', 'beside', 'mapper', 'last']);
      for (const [name, variant] of variants) {
        const row = found.layers.find((layer) => layer.name === name && layer.bits === widths.weights);
        expect(row!.value, `${name} ${widths.weights}`).toBeCloseTo(both(float, await brute(branchPlan, dataset, [variant], [])), 2);
      }
    }
    const values = found.layers.map(({ value }) => value!);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it('leave-one-out', async () => {
    const found = await figures(branchPlan, dataset, { method: 'leave-one-out', widths: [w4a4] });
    const float = await brute(branchPlan, dataset, [], []);
    const variants = await variantsByName(branchPlan, w4a4);
    const all = both(float, await brute(branchPlan, dataset, [...variants.values()], []));
    expect(found.baseline).toEqual([{ model: 'quantized', ...w4a4, value: expect.closeTo(all, 2) as number }]);
    for (const { name, value } of found.layers) {
      const others = [...variants].filter(([other]) => other !== name).map(([, variant]) => variant);
      expect(value, name).toBeCloseTo(both(float, await brute(branchPlan, dataset, others, [])), 2);
    }
    const values = found.layers.map(({ value }) => value!);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it('tap, at each layer’s own output', async () => {
    const found = await figures(branchPlan, dataset, { method: 'tap', widths: [w4a4] });
    const variants = await variantsByName(branchPlan, w4a4);
    const values = [...variants.values()].map(({ output }) => output);
    const float = await brute(branchPlan, dataset, [], values);
    const quantized = await brute(branchPlan, dataset, [...variants.values()], values);
    for (const [name, { output }] of variants) {
      const row = found.layers.find((layer) => layer.name === name);
      expect(row!.value, name).toBeCloseTo(sqnrOf(float[output]!, quantized[output]!), 2);
    }
    expect(found.baseline).toEqual([]);
  });

  it('weights and activations by themselves', async () => {
    const float = await brute(branchPlan, dataset, [], []);
    for (const widths of [{ weights: 4, activations: 'float' } as const, { weights: 'float', activations: 4 } as const]) {
      const found = await figures(branchPlan, dataset, { widths: [widths], layers: ['inner'] });
      const variant = (await variantsByName(branchPlan, widths)).get('inner')!;
      expect([variant.rounded !== undefined, variant.inputs.size > 0]).toEqual([widths.weights === 4, widths.activations === 4]);
      expect(found.layers).toHaveLength(1);
      expect(found.layers[0]).toMatchObject({ name: 'inner', bits: 4, ...widths });
      expect(found.layers[0]!.value).toBeCloseTo(both(float, await brute(branchPlan, dataset, [variant], [])), 2);
    }
  });

  it('around an If that reads a value of the graph outside', async () => {
    const plan = await planOf(conditional(), dataset);
    const found = await figures(plan, dataset, { widths: [w4a4] });
    const float = await brute(plan, dataset, [], []);
    for (const [name, variant] of await variantsByName(plan, w4a4)) {
      const row = found.layers.find((layer) => layer.name === name);
      expect(row!.value, name).toBeCloseTo(sqnrOf(float['y']!, (await brute(plan, dataset, [variant], []))['y']!), 2);
    }
    expect(found.notAnalyzed.find(({ op }) => op === 'If')?.reason).toMatch(/only the main graph/);
  });
});

describe('a planted bad layer', () => {
  const pictures = noiseDataset(20, [6]);
  it.each(['isolated', 'leave-one-out'])('comes first under %s', async (method) => {
    const plan = await planOf(chain(), pictures, { granularity: 'tensor', 'weight-range': 'max' });
    const found = await figures(plan, pictures, { method, widths: [w8a8] });
    expect(found.layers[0]!.name).toBe('spoilt');
    // One step of the scale is 100 / 127: all other weights, of size 0.3, are 0 or 1 of it.
    if (method === 'isolated') expect(found.layers[0]!.value).toBeLessThan(10);
    expect(Math.abs(found.layers[0]!.value! - found.layers[1]!.value!)).toBeGreaterThan(10);
  });
});

it('a layer whose weights lie on the grid answers as before: equal, without a value', async () => {
  const model = chain();
  for (const name of ['m1', 'm2', 'm3']) {
    const { dims } = model.graph.initializers.get(name)!;
    const codes = Float32Array.from({ length: 36 }, (_, i) => ((i * 37) % 255) - 127);
    codes[0] = 127;
    model.graph.initializers.set(name, Tensor.float32(dims, codes.map((code) => code / 128))); // prettier-ignore
  }
  const pictures = noiseDataset(3, [6]);
  const plan = await planOf(model, pictures, {
    granularity: 'tensor',
    'weight-range': 'max',
    'correct-bias': false,
    'weight-type': 'int8',
  });
  const found = await figures(plan, pictures, { widths: [{ weights: 8, activations: 'float' }] });
  expect(found.layers.map(({ value, equal }) => [value, equal])).toEqual([[null, true], [null, true], [null, true]]); // prettier-ignore
});

describe('the same bytes', () => {
  it('of three shards merged and of one run', async () => {
    const seven = noiseDataset(7, [3, 8, 8]);
    for (const method of ['isolated', 'tap', 'leave-one-out']) {
      const whole = await measure(branchPlan, seven, { method, content: 'this' });
      const parts = [];
      for (const index of [2, 0, 1]) parts.push(await measure(branchPlan, seven, { method, content: 'this', shard: { index, of: 3 } }));
      const read = parts.map((part) => readAnalysis(writeAnalysis(part), 'part.json'));
      expect(writeAnalysis(mergeAnalyses(read))).toBe(writeAnalysis(whole));
      expect(() => mergeAnalyses(read.slice(1))).toThrow('of 3 parts there are 1, 2');
      expect(() => mergeAnalyses([...read.slice(1), { ...read[0]!, content: 'that' }])).toThrow('content differs');
    }
    expect(() => readAnalysis('{"kind":"lathe-analysis"}', 'part.json')).toThrow('no part of an analysis');
    expect(() => readAnalysis('[', 'part.json')).toThrow('no part of an analysis');
  });

  it('whatever the memory, which bounds the pictures held at once', async () => {
    const cuts = new Cuts(branchPlan.model);
    const bytes = pictureBytes(branchPlan.model, cuts, [[0]]);
    const samples: LoadedSample[] = [];
    for await (const sample of dataset.stream({ signal: context.signal, to: 1 })) samples.push(sample);
    const one = bytes(samples[0]!);
    // Input 768 bytes; nowhere more than three maps of 4 x 8 x 8 floats, and two outputs, each counted twice.
    expect(one).toBeGreaterThan(768 + 2 * 2048);
    expect(one).toBeLessThan(16_384);
    const sizes: number[] = [];
    const held = chunks({ dataset, range: { from: 0, to: 5 }, context }, bytes, 2.5 * one);
    for await (const chunk of held) sizes.push(chunk.length);
    expect(sizes).toEqual([2, 2, 1]);
    for (const method of ['isolated', 'leave-one-out', 'tap']) {
      const plenty = await measure(branchPlan, dataset, { method });
      expect(canonicalJson(await measure(branchPlan, dataset, { method, memory: 1 })), method).toBe(canonicalJson(plenty));
    }
  });
});

describe('requests', () => {
  const fails = (different: Parameters<typeof measure>[2]) => expect(measure(branchPlan, dataset, different)).rejects;

  it('are refused with what is wrong', async () => {
    await fails({ method: 'gradient' }).toThrow('this version of Lathe has no method gradient yet');
    await fails({ method: 'taps' }).toThrow('there is no method "taps"');
    await fails({ metric: 'psnr' }).toThrow('there is no metric "psnr"');
    await fails({ method: 'tap', metric: 'agreement' }).toThrow('tap looks at each layer’s own output');
    await fails({ layers: ['firts'] }).toThrow('there is no layer "firts"');
    await fails({ layers: ['Relu_1'] }).toThrow("can't be analyzed");
    await fails({ widths: [] }).toThrow('no width');
    await fails({ metric: 'task' }).toThrow('needs pictures with labels');
  });

  it('say what they cost: passes by multiply-adds, seconds by the clock that is passed in', async () => {
    let now = 0;
    const clock = { now: () => 0, monotonic: () => (now += 10) };
    const told: Estimate[] = [];
    const request = { method: 'isolated', metric: 'sqnr', widths: [w8a8], task: 'none' as const, dataset };
    const part = await analyze(
      branchPlan,
      { ...request, estimated: (estimate) => told.push(estimate) },
      { runtime, context: plainContext({ clock }) },
    );
    const { forwardPasses } = analysisOf(part);
    expect(told).toHaveLength(1);
    // Every run takes 10 ms by this clock, and so does making the session, of which a trial needs a sixth.
    expect(told[0]).toMatchObject({ layers: 6, samples: 5, forwardPasses: expect.closeTo(forwardPasses, 1) as number });
    expect(told[0]!.seconds).toBeCloseTo((forwardPasses * 10 + (6 * 10) / 6) / 1000, 2);
    // Two whole runs, the first layer as good as one more, the last hardly anything.
    expect(forwardPasses / 5).toBeGreaterThan(3);
    expect(forwardPasses / 5).toBeLessThan(8);
  });

  it('can be cancelled between two runs', async () => {
    const controller = new AbortController();
    const progress = {
      report: ({ phase, done }: { phase: string; done: number }) => void (phase === 'analyze' && done > 2 && controller.abort()),
    };
    const cancelled = plainContext({ signal: controller.signal, progress });
    const request = { method: 'isolated', metric: 'sqnr', widths: [w8a8], task: 'none' as const, dataset };
    await expect(analyze(branchPlan, request, { runtime, context: cancelled })).rejects.toThrow('cancelled');
  });
});
