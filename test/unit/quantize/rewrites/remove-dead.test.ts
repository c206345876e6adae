import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { quantizeStatic } from '../../../../src/engine/quantize/static.ts';
import { noiseDataset } from '../../../support/fake-dataset.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { dependencies, request, run, sqnr } from '../support.ts';
import { difference, rewrite, rowMaxima } from './support.ts';

/**
 * Input channel 1 is always 0.02. Behind `first`: 0 is alive, 1 has weight 60 on the constant, 2 lies far below zero, 3 has a large weight
 * on what varies, the others are ordinary.
 */
function network(): Model {
  const first = [1, 0, 0, 60, 25, 0, 3, 0, -1, 0, 0.7, 0, 0.5, 0];
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 2, 4, 4] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c'], {}, { name: 'first' }],
      ['Relu', ['c'], ['r']],
      ['Conv', ['r', 'w2'], ['y'], {}, { name: 'second' }],
    ],
    initializers: {
      w1: Tensor.float32([7, 2, 1, 1], first),
      b1: Tensor.float32([7], [0, 0.5, -1000, 0, 0, 0, 0]),
      w2: Tensor.float32([2, 7, 1, 1], [1, 0.5, 1, 1, -1, 1, 1, 1, -0.5, 1, 1, 1, -1, 1]),
    },
  });
}

const pictures = (count: number) => noiseDataset(count, [2, 4, 4], (data) => data.fill(0.02, 16));

describe('remove-dead', () => {
  it('takes the weights of constant channels, and only of those', async () => {
    const model = network();
    const before = encodeModel(model);
    const { notes } = await rewrite(model, { 'remove-dead': true, granularity: 'tensor' }, pictures(8));
    expect(rowMaxima(model, 'w1')).toEqual([1, 0, 0, 3, 1, 0.7, 0.5].map(Math.fround));
    expect(model.graph.constant('b1')!.toFloat64()[1]).toBeCloseTo(1.7, 5);
    expect(model.graph.constant('b1')!.toFloat64()[2]).toBe(0);
    expect(notes.join()).toContain('2 channels of 1 layers');
    expect(await difference(before, encodeModel(model), pictures(8))).toBeLessThan(1e-6);
  });

  it('makes coarse scales fine again', async () => {
    const input = new Float32Array(32).fill(0.02);
    for (let i = 0; i < 16; i++) input[i] = 2 * Math.sin(i);
    const expected = await run(encodeModel(network()), [1, 2, 4, 4], input, 'none');
    const quality = async (removeDead: boolean): Promise<number> => {
      const settings = request({ granularity: 'tensor', weights: 5, 'remove-dead': removeDead, 'correct-bias': false });
      const { model } = await quantizeStatic(network(), settings, { ...dependencies([2, 4, 4]), dataset: pictures(8) });
      return sqnr(expected, await run(encodeModel(model), [1, 2, 4, 4], input, 'none'));
    };
    expect(await quality(true)).toBeGreaterThan((await quality(false)) + 3);
  });

  it('does not trust a few pictures, nor a ReLU that is only just not reached', async () => {
    const few = network();
    await rewrite(few, { 'remove-dead': true, granularity: 'tensor' }, pictures(4));
    expect(rowMaxima(few, 'w1')).toEqual([1, 60, 25, 3, 1, 0.7, 0.5].map(Math.fround));
    const near = network();
    near.graph.initializers.set('b1', Tensor.float32([7], [0, 0.5, -100, 0, 0, 0, 0]));
    await rewrite(near, { 'remove-dead': true, granularity: 'tensor' }, pictures(8));
    expect(rowMaxima(near, 'w1')[2]).toBe(25);
  });

  it('looks at no picture where every channel has its own scale, and stops as soon as nothing is constant', async () => {
    let read = 0;
    const counted = noiseDataset(20, [2, 4, 4], () => void read++);
    await rewrite(network(), { 'remove-dead': true }, counted);
    expect(read).toBe(0);
    const alive = network();
    alive.graph.initializers.set('b1', Tensor.float32([7], [0, 0.5, 0, 0, 0, 0, 0]));
    await rewrite(alive, { 'remove-dead': true, granularity: 'tensor' }, counted);
    expect(read).toBe(1);
  });

  it('then silences what nothing reads any more', async () => {
    // A depthwise convolution whose channel 1 reads a constant with weight 50.
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 2, 4, 4] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w1', 'b1'], ['c']],
        ['Relu', ['c'], ['r']],
        ['Conv', ['r', 'w2'], ['d'], { group: 3 }],
        ['Relu', ['d'], ['s']],
        ['Conv', ['s', 'w3'], ['y']],
      ],
      initializers: {
        w1: Tensor.float32([3, 2, 1, 1], [1, 0, 0, 0.5, -1, 0]),
        b1: Tensor.float32([3], [0, 0, 0]),
        w2: Tensor.float32([3, 1, 1, 1], [1, 50, 1]),
        w3: Tensor.float32([1, 3, 1, 1], [1, 1, 1]),
      },
    });
    const before = encodeModel(model);
    const { notes } = await rewrite(model, { 'remove-dead': true, granularity: 'tensor' }, pictures(8));
    expect([rowMaxima(model, 'w2'), rowMaxima(model, 'w1')]).toEqual([
      [1, 0, 1],
      [1, 0, 1],
    ]);
    expect(notes.join()).toContain('and 1 that nothing reads then');
    expect(await difference(before, encodeModel(model), pictures(8))).toBeLessThan(1e-6);
  });
});
