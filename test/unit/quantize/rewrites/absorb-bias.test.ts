import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { noiseDataset } from '../../../support/fake-dataset.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { weights } from '../support.ts';
import { difference, randomNetwork, rewrite } from './support.ts';

/** Channel 0 stays within 19 … 21 on pictures of -1 to 1, channel 1 within -1 … 1. */
const network = (pads: number[], clip = false): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: ['N', 1, 6, 6] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c']],
      clip ? ['Clip', ['c', 'zero', 'bound'], ['r']] : ['Relu', ['c'], ['r']],
      ['AveragePool', ['r'], ['p'], { kernel_shape: [2, 2] }],
      ['Conv', ['p', 'w2'], ['y'], { pads }],
    ],
    initializers: {
      zero: Tensor.float32([], [0]),
      bound: Tensor.float32([], [20.5]),
      w1: Tensor.float32([2, 1, 1, 1], [1, 1]),
      b1: Tensor.float32([2], [20, 0]),
      w2: weights('second', [3, 2, 3, 3]),
    },
  });

const pictures = noiseDataset(6, [1, 6, 6], (data) => data.forEach((_, i) => (data[i] = Math.cos(i))));
const bias = (model: Model): number[] => [...model.graph.constant('b1')!.toFloat64()];

describe('absorb-bias', () => {
  it('takes out of a bias what the ReLU never cuts, exactly', async () => {
    const model = network([0, 0, 0, 0]);
    const before = encodeModel(model);
    const { notes } = await rewrite(model, { 'absorb-bias': true }, pictures);
    expect(bias(model)[0]).toBeCloseTo(1, 3);
    expect(bias(model)[1]).toBe(0);
    expect(notes.join()).toContain('1 channels');
    expect(await difference(before, encodeModel(model), pictures)).toBeLessThan(1e-5);
  });

  it('leaves layers in front of padding and channels at the bound of a Clip alone', async () => {
    for (const model of [network([1, 1, 1, 1]), network([0, 0, 0, 0], true)]) {
      await rewrite(model, { 'absorb-bias': true }, pictures);
      expect(bias(model)).toEqual([20, 0]);
    }
  });

  it('without pictures: three deviations below the mean of the batch normalization', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 1, 6, 6] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w1'], ['c']],
        ['BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'var'], ['n']],
        ['Relu', ['n'], ['r']],
        ['Conv', ['r', 'w2'], ['y']],
      ],
      initializers: {
        w1: Tensor.float32([1, 1, 1, 1], [1]),
        gamma: Tensor.float32([1], [0.5]),
        beta: Tensor.float32([1], [4]),
        mean: Tensor.float32([1], [0]),
        var: Tensor.float32([1], [1]),
        w2: Tensor.float32([1, 1, 1, 1], [3]),
      },
    });
    const { batchNorm } = await rewrite(model, { 'absorb-bias': true, statistics: 'batch-norm' });
    const [first, second] = model.graph.nodes
      .filter(({ op }) => op === 'Conv')
      .map((node) => model.graph.constant(node.inputs[2]!)!.toFloat64()[0]);
    expect(first).toBeCloseTo(4 - (4 - 3 * 0.5), 5);
    expect(second).toBeCloseTo(3 * 2.5, 5);
    expect(batchNorm.get('n')!.mean[0]).toBeCloseTo(1.5, 5);
  });

  it('with the other rewrites leaves random networks as they are on the pictures', async () => {
    for (let seed = 100; seed < 130; seed++) {
      const model = randomNetwork(seed, 4);
      const before = encodeModel(model);
      const dataset = noiseDataset(8, [4, 8, 8]);
      await rewrite(model, { 'absorb-bias': true, equalize: true, migrate: 0.5, 'remove-dead': true }, dataset);
      expect(await difference(before, encodeModel(model), dataset), `seed ${seed}`).toBeLessThan(5e-5);
    }
  });
});
