import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Checkpoints } from '../../../../src/engine/base/checkpoint.ts';
import { plainContext } from '../../../../src/engine/base/context.ts';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import { cutGraph } from '../../../../src/engine/onnx/cut.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { TensorStore } from '../../../../src/engine/layerwise/tensor-store.ts';
import { quantizeStatic } from '../../../../src/engine/quantize/static.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { dependencies, noise, request, run, sqnr, weights } from '../support.ts';

/** Residual blocks, a branch with stride, depthwise and 1×1 convolutions, two outputs. */
const network = (): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 10, 10] }],
    outputs: ['y', 'side'],
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, { name: 'stem' }],
      ['Relu', ['c1'], ['r1']],
      ['Conv', ['r1', 'w2', 'b2'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'inner' }],
      ['Relu', ['c2'], ['r2']],
      ['Conv', ['r2', 'w3'], ['c3'], { pads: [1, 1, 1, 1] }, { name: 'outer' }],
      ['Add', ['c3', 'r1'], ['a']],
      ['Relu', ['a'], ['ra']],
      ['Conv', ['ra', 'w4', 'b4'], ['c4'], { pads: [1, 1, 1, 1], strides: [2, 2], group: 8 }, { name: 'depthwise' }],
      ['Conv', ['c4', 'w5'], ['c5'], {}, { name: 'pointwise' }],
      ['Conv', ['ra', 'w6'], ['side'], {}, { name: 'head' }],
      ['GlobalAveragePool', ['c5'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w7', 'b7'], ['y'], { transB: 1 }, { name: 'classifier' }],
    ],
    initializers: {
      w1: weights('w1', [8, 3, 3, 3]), b1: weights('b1', [8]), w2: weights('w2', [8, 8, 3, 3]), b2: weights('b2', [8]),
      w3: weights('w3', [8, 8, 3, 3], 0.1), w4: weights('w4', [8, 1, 3, 3]), b4: weights('b4', [8]), w5: weights('w5', [6, 8, 1, 1]),
      w6: weights('w6', [2, 8, 1, 1]), w7: weights('w7', [5, 6]), b7: weights('b7', [5]),
    }, // prettier-ignore
  });

const pictures = dependencies([3, 10, 10], 24);
const asked = { weights: 3, round: 'layer' };

describe('round: layer', () => {
  it('lowers the error of every layer, and of the whole network far below plain rounding', async () => {
    const input = noise(4 * 300, 'held out');
    const float = await run(encodeModel(network()), [4, 3, 10, 10], input, 'all');
    const after = async (round: string): Promise<number> => {
      const { model } = await quantizeStatic(network(), request({ weights: 3, round }), pictures);
      return sqnr(float, await run(encodeModel(model), [4, 3, 10, 10], input, 'none'));
    };
    expect(await after('layer')).toBeGreaterThan((await after('nearest')) + 1.5);
    const { layers, notes } = await quantizeStatic(network(), request(asked), pictures);
    const rounded = layers.filter(({ loss }) => loss);
    expect(rounded.map(({ name }) => name).sort()).toEqual(['classifier', 'depthwise', 'head', 'inner', 'outer', 'pointwise', 'stem']);
    for (const { loss } of rounded) expect(loss!.after).toBeLessThanOrEqual(loss!.before);
    expect(notes.join(' ')).not.toContain('Rounded to nearest');
  });

  it('says of a layer’s error what running the model says', async () => {
    const single = (): Model =>
      buildModel({
        inputs: [{ name: 'x', shape: [1, 3, 6, 6] }],
        outputs: ['y'],
        nodes: [['Conv', ['x', 'w', 'b'], ['y'], { pads: [1, 1, 0, 1], strides: [2, 1] }, { name: 'only' }]],
        initializers: { w: weights('w', [4, 3, 3, 3]), b: weights('b', [4]) },
      });
    const given = dependencies([3, 6, 6], 12);
    const { model, layers } = await quantizeStatic(single(), request(asked), given);
    const conv = model.graph.nodeByLabel('only')!;
    const written = encodeModel(cutGraph(model, ['x'], [conv.outputs[0]!]));
    const float = encodeModel(single());
    let [error, squares, count] = [0, 0, 0];
    const means = new Float64Array(4);
    for await (const { input } of given.dataset!.stream({ signal: new AbortController().signal })) {
      const dims = [1, ...input.dims];
      const theirs = await run(float, dims, input.data as Float32Array, 'none');
      const ours = await run(written, dims, input.data as Float32Array, 'none');
      const positions = theirs.length / 4;
      theirs.forEach((value, i) => {
        error += (value - ours[i]!) ** 2;
        squares += value ** 2;
        means[Math.floor(i / positions)]! += value;
      });
      count += positions;
    }
    const power = squares / count - means.reduce((sum, mean) => sum + (mean / count) ** 2, 0);
    const [{ loss }] = layers.filter((row) => row.loss) as unknown as [{ loss: { before: number; after: number } }];
    expect(error / count / power / loss.after).toBeCloseTo(1, 2);
    expect(loss.after).toBeLessThan(loss.before);
  });

  it('gives the same bytes after it was killed, and again', async () => {
    const saved: Uint8Array[] = [];
    let now = 0;
    const context = plainContext({ clock: { now: () => 0, monotonic: () => (now += 10_000) } });
    const keep: Checkpoints = {
      load: async () => undefined,
      save: async (key, state) => void (key === 'rounding' && saved.push(state)),
    };
    const whole = encodeModel((await quantizeStatic(network(), request(asked), { ...pictures, context, checkpoints: keep })).model);
    expect(saved.length).toBeGreaterThan(3);
    for (const state of [saved[0]!, saved[2]!]) {
      const resume: Checkpoints = { load: async (key) => (key === 'rounding' ? state : undefined), save: async () => {} };
      const again = await quantizeStatic(network(), request(asked), { ...pictures, checkpoints: resume });
      expect(Buffer.from(encodeModel(again.model)).equals(whole)).toBe(true);
    }
    expect(Buffer.from(encodeModel((await quantizeStatic(network(), request(asked), pictures)).model)).equals(whole)).toBe(true);
  });

  it('rounds only the layers that ask for it, each to its own width', async () => {
    const { layers } = await quantizeStatic(
      network(),
      request({ weights: 4 }, { inner: { round: 'layer', weights: 2 }, head: { round: 'layer', weights: 'ternary' } }),
      pictures,
    );
    expect(layers.filter(({ loss }) => loss).map(({ name }) => name)).toEqual(['inner', 'head']);
  });

  it.each(['binary', 'ternary', 2, 5, 8])('takes weights of %s', async (width) => {
    const { layers } = await quantizeStatic(network(), request({ weights: width, round: 'layer' }), pictures);
    const rounded = layers.filter(({ loss }) => loss);
    expect(rounded).toHaveLength(7);
    for (const { loss } of rounded) expect(loss!.after).toBeLessThanOrEqual(loss!.before);
  });

  it('rounds on one scale for the tensor, with zero points, and for a bias that only means call for', async () => {
    for (const different of [{ granularity: 'tensor' }, { 'symmetric-weights': false }]) {
      const { layers } = await quantizeStatic(network(), request({ ...asked, ...different }), pictures);
      for (const { loss } of layers) if (loss) expect(loss.after).toBeLessThanOrEqual(loss.before);
    }
    const { model } = await quantizeStatic(network(), request(asked), pictures);
    expect(model.graph.nodeByLabel('outer')!.inputs).toHaveLength(3);
  });

  it('leaves shared weights to plain rounding and says so', async () => {
    const shared = buildModel({
      inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w', ''], ['a'], { pads: [1, 1, 1, 1] }, { name: 'once' }],
        ['Relu', ['a'], ['r']],
        ['Conv', ['r', 'w', ''], ['b'], { pads: [1, 1, 1, 1] }, { name: 'twice' }],
        ['Conv', ['b', 'v'], ['y'], {}, { name: 'last' }],
      ],
      initializers: { w: weights('w', [3, 3, 3, 3]), v: weights('v', [2, 3, 1, 1]) },
    });
    const { notes, layers } = await quantizeStatic(shared, request(asked), dependencies([3, 8, 8], 6));
    expect(notes.join(' ')).toMatch(/weights are used more than once: once, twice/);
    expect(layers.find(({ name }) => name === 'last')!.loss).toBeDefined();
  });

  it('is cancelled at once and leaves no file', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lathe-layers-'));
    const abort = new AbortController();
    const context = plainContext({
      signal: abort.signal,
      progress: { report: ({ phase, done }) => void (phase === 'round' && done > 30 && abort.abort()) },
    });
    await expect(quantizeStatic(network(), request(asked), { ...pictures, context })).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('lathe-layers-'))).toEqual(before);
  });
});

describe('the store of activations', () => {
  it('gives back what it was given, from memory and from its file, and removes the file', async () => {
    const budget = { left: 100 };
    const store = new TensorStore(budget);
    const picture = (i: number) => ({
      codes: { type: DataType.uint8, dims: [5], data: Uint8Array.from({ length: 5 }, (_, k) => i + k) },
      real: { type: DataType.float32, dims: [2, 4], data: Float32Array.from({ length: 8 }, (_, k) => i / (k + 1)) },
    });
    for (let i = 0; i < 6; i++) await store.add(picture(i));
    expect(budget.left).toBe(100 - 2 * 37);
    for (let i = 0; i < 6; i++) expect(await store.take(i)).toEqual(picture(i));
    expect(budget.left).toBe(100);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lathe-layers-')).length;
    expect(before).toBeGreaterThan(0);
    await store.dispose();
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('lathe-layers-')).length).toBeLessThan(before);
  });
});
