import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../../src/engine/base/context.ts';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { partition } from '../../../../src/engine/quantize/round/block/partition.ts';
import { planStatic, quantizeStatic } from '../../../../src/engine/quantize/static.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { dependencies, noise, request, run, sqnr, weights } from '../support.ts';

/** A residual block between two layers, and a classifier. */
const network = (op = 'Relu'): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, { name: 'stem' }],
      [op, ['c1'], ['r1']],
      ['Conv', ['r1', 'w2', 'b2'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'inner' }],
      ['Relu', ['c2'], ['r2']],
      ['Conv', ['r2', 'w3', 'b3'], ['c3'], { pads: [1, 1, 1, 1] }, { name: 'outer' }],
      ['Add', ['c3', 'r1'], ['a']],
      ['Relu', ['a'], ['ra']],
      ['GlobalAveragePool', ['ra'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w4', 'b4'], ['y'], { transB: 1 }, { name: 'classifier' }],
    ],
    initializers: {
      w1: weights('w1', [6, 3, 3, 3]), b1: weights('b1', [6]), w2: weights('w2', [6, 6, 3, 3]), b2: weights('b2', [6]),
      w3: weights('w3', [6, 6, 3, 3], 0.1), b3: weights('b3', [6]), w4: weights('w4', [4, 6]), b4: weights('b4', [4]),
    }, // prettier-ignore
  });

const pictures = dependencies([3, 8, 8], 40);
const quantized = (settings: Record<string, unknown>, model = network(), layers = {}, target = 'cpu') =>
  quantizeStatic(model, request(settings, layers, target), pictures);

describe('blocks of a graph', () => {
  const named = async (settings: Record<string, unknown>): Promise<string[][]> => {
    const plan = await planStatic(network(), request({ ...settings, round: 'block' }), pictures);
    const tuned = new Set(plan.placement.integerNodes.flatMap(({ node, compute }) => (compute ? [node] : [])));
    const blocks = partition(plan.model.graph, plan.placement, tuned);
    expect(blocks.flatMap(({ nodes }) => nodes)).toEqual(plan.model.graph.topologicalOrder());
    return blocks.map(({ nodes }) => nodes.map(({ label }) => label));
  };

  it('are residual blocks and runs of layers; a layer keeps the Relu that melts into it', async () => {
    const blocks = await named({ weights: 4 });
    expect(blocks[0]).toHaveLength(2);
    expect(blocks[0]![0]).toBe('stem');
    expect(blocks.find((nodes) => nodes.includes('inner'))).toEqual(expect.arrayContaining(['outer']));
  });
});

describe('round: block', () => {
  it('is not farther from the float model than rounding by layer on held-out calibration pictures, and says what it did', async () => {
    for (const settings of [{ weights: 3 }, { weights: 2 }, { weights: 4, activations: 4, calibrate: 'mse' }]) {
      const { notes, layers } = await quantized({ ...settings, round: 'block' });
      expect(layers).toHaveLength((await quantized({ ...settings, round: 'layer' })).layers.length);
      const figures = /([\d.e-]+) % of their power before, ([\d.e-]+) % after/.exec(notes.join(' '));
      if (figures && notes.join(' ').includes('Tuned')) expect(Number(figures[2])).toBeLessThanOrEqual(Number(figures[1]));
      else expect(notes.join(' ')).toMatch(/No block could be tuned|taken back/);
    }
  });

  it('runs in ONNX Runtime near the float model, and gives the same bytes again', async () => {
    const input = noise(4 * 192, 'held out');
    const float = await run(encodeModel(network()), [4, 3, 8, 8], input, 'all');
    const bytes = encodeModel((await quantized({ weights: 3, round: 'block' })).model);
    const layer = encodeModel((await quantized({ weights: 3, round: 'layer' })).model);
    const after = async (model: Uint8Array): Promise<number> => sqnr(float, await run(model, [4, 3, 8, 8], input, 'none'));
    expect(await after(bytes)).toBeGreaterThan((await after(layer)) - 1);
    expect(encodeModel((await quantized({ weights: 3, round: 'block' })).model)).toEqual(bytes);
  });

  it('keeps powers of two where they are', async () => {
    const scales = async (round: string): Promise<unknown> => {
      const { layers } = await quantized({ scales: 'power-of-two', symmetric: true, 'activation-type': 'int8', granularity: 'tensor', round }, network(), {}, 'zcu104'); // prettier-ignore
      return layers.map(({ input, output }) => [input?.scale, output?.scale]);
    };
    expect(await scales('block')).toEqual(await scales('layer'));
  });

  it('leaves alone what has no gradient or is too little to judge by, and layers that did not ask', async () => {
    const { notes } = await quantizeStatic(network(), request({ weights: 3, round: 'block' }), dependencies([3, 8, 8], 4));
    expect(notes.join(' ')).toContain('too few calibration pictures');
    const one = await quantized({ weights: 3 }, network(), { inner: { round: 'block' } });
    expect(one.layers.find(({ name }) => name === 'stem')!.loss).toBeUndefined();
    expect(one.layers.find(({ name }) => name === 'inner')!.loss).toBeDefined();
  });

  it('ends when it is cancelled', async () => {
    const abort = new AbortController();
    const report = ({ phase, done }: { phase: string; done: number }): void => {
      if (phase === 'blocks' && done === 1) abort.abort();
    };
    const context = plainContext({ signal: abort.signal, progress: { report } });
    const work = quantizeStatic(network(), request({ weights: 3, round: 'block' }), { ...pictures, context });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });
});
