import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { noiseDataset } from '../../../support/fake-dataset.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { weights } from '../support.ts';
import { difference, rewrite } from './support.ts';

describe('migrate', () => {
  it('divides channels by max|x|^a / max|w|^(1-a), in what makes them', async () => {
    const first = [4, 1, 0.25];
    const second = [1, 2, 3];
    for (const exponent of [0.25, 0.5, 1]) {
      const model = buildModel({
        inputs: [{ name: 'x', shape: ['N', 1] }],
        outputs: ['y'],
        nodes: [
          ['Gemm', ['x', 'w1'], ['h']],
          ['Relu', ['h'], ['r']],
          ['MatMul', ['r', 'w2'], ['y']],
        ],
        initializers: { w1: Tensor.float32([1, 3], first), w2: Tensor.float32([3, 1], second) },
      });
      const dataset = noiseDataset(4, [1], (data, index) => (data[0] = 1 + index / 3));
      const before = encodeModel(model);
      await rewrite(model, { migrate: exponent }, dataset);
      // The largest picture is 2; everything is relative to channel 0, which has the largest activations.
      const divisor = (i: number): number => (2 * first[i]!) ** exponent / second[i]! ** (1 - exponent);
      const found = model.graph.constant('w1')!.toFloat64();
      found.forEach((value, i) => expect(value, `exponent ${exponent}`).toBeCloseTo((first[i]! * divisor(0)) / divisor(i), 5));
      expect(await difference(before, encodeModel(model), dataset)).toBeLessThan(1e-6);
    }
  });

  it('goes into LayerNormalization, and evens its channels out', async () => {
    const scale = [1, 1, 1, 50, 1, 1, 0.1, 1];
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 5, 8] }],
      outputs: ['y'],
      nodes: [
        ['LayerNormalization', ['x', 'gamma', 'beta'], ['n'], { axis: -1 }],
        ['MatMul', ['n', 'w'], ['m']],
        ['Add', ['m', 'b'], ['y']],
      ],
      initializers: {
        gamma: Tensor.float32([8], scale),
        beta: Tensor.float32([8], [0, 0.5, 0, 20, 0, 0, 0, 0]),
        w: weights('migrate', [8, 4]),
        b: weights('migrate bias', [4]),
      },
    });
    const before = encodeModel(model);
    const dataset = noiseDataset(8, [5, 8]);
    const { notes } = await rewrite(model, { migrate: 1 }, dataset);
    const gamma = model.graph.constant('gamma')!.toFloat64();
    expect(Math.max(...gamma) / Math.min(...gamma)).toBeLessThan(3);
    expect(notes.join()).toContain('weights of 1 layers');
    expect(await difference(before, encodeModel(model), dataset)).toBeLessThan(1e-5);
  });

  it('says so where nothing before can take the division', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 8] }],
      outputs: ['y'],
      nodes: [
        ['Sigmoid', ['x'], ['s']],
        ['MatMul', ['s', 'w'], ['y']],
      ],
      initializers: { w: weights('migrate', [8, 4]) },
    });
    expect((await rewrite(model, { migrate: 0.5 }, noiseDataset(2, [8]))).notes.join()).toContain('migrate: no layer');
  });
});
