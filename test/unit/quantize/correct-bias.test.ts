import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { attributes, Node } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { biasShift } from '../../../src/engine/quantize/correct-bias.ts';
import type { LayerConstants } from '../../../src/engine/quantize/layer-weights.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { quantizeWeights } from '../../../src/engine/quantize/weights.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { buildModel } from '../../support/model-builder.ts';
import { dependencies, request, run, weights } from './support.ts';

describe('biasShift', () => {
  it('is what rounding adds for a constant input, borders included', async () => {
    const dims = [2, 2, 3, 3];
    const stored = weights('bias', dims).toFloat64();
    const rounded = quantizeWeights(stored, dims, { type: DataType.int8, bits: 3, symmetric: true, axis: 0, range: 'max' });
    const node = new Node('conv', 'Conv', ['x', 'w'], ['y'], attributes({ pads: [1, 1, 1, 1], strides: [2, 2] }));
    const constants: LayerConstants = { dims, weights: stored, channelAxis: 0, channels: 2, bias: undefined };
    const shift = biasShift(node, constants, rounded, Float64Array.of(2, -3), { type: DataType.float32, shape: ['N', 2, 5, 5] });
    // The same by ONNX Runtime: a convolution of the differences over the constant picture, averaged.
    const difference = weights('bias', dims).toFloat32();
    for (let i = 0; i < difference.length; i++) difference[i] = rounded.scales[i < 18 ? 0 : 1]! * rounded.data[i]! - stored[i]!;
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 2, 5, 5] }],
      outputs: ['y'],
      nodes: [['Conv', ['x', 'w'], ['y'], { pads: [1, 1, 1, 1], strides: [2, 2] }]],
      initializers: { w: Tensor.float32(dims, difference) },
    });
    const picture = Float32Array.from({ length: 50 }, (_, i) => (i < 25 ? 2 : -3));
    const result = await run(encodeModel(model), [1, 2, 5, 5], picture, 'all');
    for (const channel of [0, 1]) {
      const mean = result.slice(channel * 9, channel * 9 + 9).reduce((a, b) => a + b, 0) / 9;
      expect(shift[channel]).toBeCloseTo(mean, 5);
    }
  });
});

it('correct-bias removes the mean shift of coarse weights', async () => {
  const network = () =>
    buildModel({
      inputs: [{ name: 'x', shape: ['N', 8, 6, 6] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w'], ['c'], {}, { name: 'conv' }],
        ['GlobalAveragePool', ['c'], ['y']],
      ],
      initializers: { w: weights('coarse', [4, 8, 3, 3]) },
    });
  const bright = (data: Float32Array): void => data.forEach((value, i) => (data[i] = value + 3));
  const dataset = noiseDataset(8, [8, 6, 6], bright);
  const sample = new Float32Array(288).fill(3);
  const error = async (correct: boolean): Promise<number> => {
    const settings = request({ weights: 4, 'correct-bias': correct });
    const { model } = await quantizeStatic(network(), settings, { ...dependencies([8, 6, 6]), dataset });
    const [float, rounded] = [
      await run(encodeModel(network()), [1, 8, 6, 6], sample, 'all'),
      await run(encodeModel(model), [1, 8, 6, 6], sample, 'none'),
    ];
    return float.reduce((sum, value, i) => sum + Math.abs(value - rounded[i]!), 0);
  };
  expect(await error(true)).toBeLessThan(0.25 * (await error(false)));
});
