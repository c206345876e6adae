import { beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoints } from '../../../src/engine/base/checkpoint.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, Session } from '../../../src/engine/runtime/runtime.ts';
import { collect, collectStatistics } from '../../../src/engine/statistics/collect.ts';
import { mergeCollections, shardRange, type SavedCollection } from '../../../src/engine/statistics/collection.ts';
import { Histogram } from '../../../src/engine/statistics/histogram.ts';
import { Pictures } from '../../../src/engine/statistics/picture-extremes.ts';
import type { StatisticKind } from '../../../src/engine/statistics/statistic.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { buildModel } from '../../support/model-builder.ts';

function weights(name: string, ...dims: number[]): Tensor {
  const random = seededRandom(3, name);
  return Tensor.float32(
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );
}

const network = (batch: number | string = 'N') =>
  buildModel({
    opset: 13,
    inputs: [{ name: 'x', shape: [batch, 3, 8, 8] }],
    outputs: [{ name: 'y', shape: [batch, 4] }],
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['10'], { pads: [1, 1, 1, 1] }],
      ['Relu', ['10'], ['9']],
      ['GlobalAveragePool', ['9'], ['g']],
      ['Flatten', ['g'], ['y']],
    ],
    initializers: { w: weights('w', 4, 3, 3, 3), b: weights('b', 4) },
  });
// Names of digits only, as older exporters write them: objects would put them in another order.
const values = ['x', '10', '9', 'y'];
const means = [
  { value: '9', rank: 4, axis: 1, channels: 4 },
  { value: '10', rank: 4, axis: 1, channels: 4 },
];
const kinds: readonly StatisticKind[] = ['minmax', 'pictures', 'histogram'];

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const request = (kind: StatisticKind, samples = 9) => ({
  model: network(),
  values,
  means,
  kind,
  dataset: noiseDataset(samples, [3, 8, 8]),
  runtime,
  context: plainContext(),
});

/** Every value of every picture, by running the model with all of them as outputs. */
async function allValues(samples: number): Promise<Map<string, number[][]>> {
  const model = network();
  model.graph.outputs = ['10', '9', 'y'].map((name) => ({ name }));
  const session: Session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
  const found = new Map<string, number[][]>(values.map((name) => [name, []]));
  for await (const { input } of noiseDataset(samples, [3, 8, 8]).stream({ signal: new AbortController().signal })) {
    const x = { ...input, dims: [1, ...input.dims] };
    for (const [name, tensor] of Object.entries({ x, ...(await session.run({ x })) })) {
      found.get(name)!.push(Array.from(tensor.data as Float32Array));
    }
  }
  return found;
}

describe('collectStatistics', () => {
  it('sees what the model computes', async () => {
    const expected = await allValues(9);
    for (const kind of kinds) {
      for (const [name, statistic] of await collectStatistics(request(kind))) {
        const all = expected.get(name)!;
        expect(statistic.low).toBeCloseTo(Math.min(...all.flat()), 5);
        expect(statistic.high).toBeCloseTo(Math.max(...all.flat()), 5);
        if (statistic instanceof Histogram) expect(statistic.total).toBe(all.flat().length);
        if (statistic instanceof Pictures) {
          statistic.pictures.forEach(({ index, high }) => expect(high).toBeCloseTo(Math.max(...all[index]!), 5));
          expect(statistic.pictures).toHaveLength(9);
        }
      }
    }
  });

  it('gathers the means of channels in the same runs', async () => {
    const expected = await allValues(9);
    for (const kind of kinds) {
      const found = await collect(request(kind));
      for (const { value, channels } of means) {
        const pictures = expected.get(value)!;
        for (let channel = 0; channel < channels; channel++) {
          const own = pictures.flatMap((elements) => elements.slice(channel * 64, (channel + 1) * 64));
          const mean = own.reduce((sum, element) => sum + element, 0) / own.length;
          expect(found.means.get(value)!.means()[channel]).toBeCloseTo(mean, 5);
        }
      }
    }
  });

  it('is the same with any number of threads, and in parts', async () => {
    for (const kind of kinds) {
      const whole = (await collect(request(kind))).save();
      const threaded = (await collect({ ...request(kind), context: plainContext({ threads: 3 }) })).save();
      expect(threaded).toEqual(whole);
      const parts: SavedCollection[] = [];
      for (const index of [2, 0, 1]) {
        const part = await collect({ ...request(kind), range: shardRange(9, index, 3) });
        parts.push(JSON.parse(JSON.stringify(part.save())) as SavedCollection);
      }
      expect(mergeCollections(parts, 9).save()).toEqual(whole);
      expect(() => mergeCollections(parts.slice(1), 9)).toThrow(/do not join/);
    }
  });

  it('continues from a checkpoint with the same bytes', async () => {
    for (const kind of kinds) {
      const states = new Map<string, Uint8Array>();
      const store: Checkpoints = { load: async (key) => states.get(key), save: async (key, state) => void states.set(key, state) };
      const stop = new AbortController();
      let time = 0;
      const context = plainContext({
        signal: stop.signal,
        clock: { now: () => 0, monotonic: () => (time += 4_000) },
        progress: { report: ({ done }) => done === 7 && stop.abort() },
      });
      const checkpoint = { store, key: kind };
      await expect(collect({ ...request(kind), context, checkpoint })).rejects.toThrow();
      expect(states.size).toBe(1);
      const seen: number[] = [];
      const resumed = plainContext({ progress: { report: ({ done }) => seen.push(done) } });
      const state = (await collect({ ...request(kind), context: resumed, checkpoint })).save();
      expect(seen[0]).toBeGreaterThan(0);
      expect(state).toEqual((await collect(request(kind))).save());
    }
  });

  it('leaves NaN and infinities out and says so', async () => {
    const dataset = noiseDataset(4, [3, 8, 8], (data, index) => {
      if (index === 1) data.set([NaN, Infinity], 40);
    });
    for (const kind of kinds) {
      const warnings: string[] = [];
      const { logger } = plainContext();
      const context = plainContext({ logger: { ...logger, warn: (message) => warnings.push(message) } });
      const found = await collectStatistics({ ...request(kind), dataset, context });
      expect(found.get('x')!.notFinite).toBe(1);
      expect(Number.isFinite(found.get('10')!.high)).toBe(true);
      const clean = (await collectStatistics(request(kind, 4))).get('x')!;
      expect(found.get('x')!.low).toBe(clean.low);
      expect(warnings).toEqual([expect.stringMatching(/"x" on 1 of 4 pictures/)]);
    }
  });

  it('fills a fixed batch with the same picture', async () => {
    for (const kind of kinds) {
      const single = await collectStatistics(request(kind));
      const filled = await collectStatistics({ ...request(kind), model: network(4) });
      for (const name of values) {
        expect(filled.get(name)!.high).toBeCloseTo(single.get(name)!.high, 5);
        const [a, b] = [filled.get(name), single.get(name)];
        if (a instanceof Histogram && b instanceof Histogram) expect(a.total).toBe(4 * b.total);
      }
    }
  });

  it('refuses what it cannot do, naming it', async () => {
    const model = network();
    await expect(collectStatistics({ ...request('minmax'), values: ['nothing'] })).rejects.toMatchObject({ code: 'statistics.value' });
    await expect(collectStatistics({ ...request('minmax'), dataset: noiseDataset(2, [3, 9, 8]) })).rejects.toMatchObject({
      code: 'data.shape',
    });
    model.graph.inputs = [...model.graph.inputs, { name: 'second' }];
    await expect(collectStatistics({ ...request('minmax'), model })).rejects.toMatchObject({ code: 'data.inputs' });
  });
});
