import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { biasPasses } from '../../../src/engine/quantize/correct-bias-measured.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { dependencies, request, run, weights } from './support.ts';

/** Five convolutions of 3 bits a weight, with ReLU or a Clip that cuts, and the mean of each channel as output. */
function network(clip: boolean): Model {
  const nodes: BuildNode[] = [];
  const initializers: Record<string, Tensor> = { zero: Tensor.float32([], [0]), one: Tensor.float32([], [1]) };
  for (let i = 0; i < 5; i++) {
    initializers[`w${i}`] = weights(`layer ${i}`, [8, 8, 3, 3], 0.15);
    initializers[`b${i}`] = weights(`bias ${i}`, [8], 0.3);
    nodes.push(['Conv', [i ? `r${i - 1}` : 'x', `w${i}`, `b${i}`], [`c${i}`], { pads: [1, 1, 1, 1] }]);
    nodes.push(clip ? ['Clip', [`c${i}`, 'zero', 'one'], [`r${i}`]] : ['Relu', [`c${i}`], [`r${i}`]]);
  }
  nodes.push(['GlobalAveragePool', ['r4'], ['y']]);
  return buildModel({ inputs: [{ name: 'x', shape: ['N', 8, 8, 8] }], outputs: ['y'], nodes, initializers });
}

const pictures = noiseDataset(24, [8, 8, 8]);

/** Mean over the pictures of each output, float minus quantized: root of the sum of squares. */
async function apart(model: Model, float: Model): Promise<number> {
  const sums = new Float64Array(8);
  for await (const { input } of pictures.stream({ signal: new AbortController().signal })) {
    const data = input.data as Float32Array;
    const [theirs, ours] = [
      await run(encodeModel(float), [1, 8, 8, 8], data, 'none'),
      await run(encodeModel(model), [1, 8, 8, 8], data, 'none'),
    ];
    sums.forEach((_, i) => (sums[i]! += (theirs[i]! - ours[i]!) / 24));
  }
  return Math.hypot(...sums);
}

describe('correctMeasuredBias', () => {
  it.each([false, true])('brings the means of the last layer to those of the float model, behind a Clip: %s', async (clip) => {
    const at = async (passes: number): Promise<number> => {
      const wanted = request({ weights: 3, granularity: 'tensor', 'bias-passes': passes });
      const { model } = await quantizeStatic(network(clip), wanted, { ...dependencies([8, 8, 8]), dataset: pictures });
      return apart(model, network(clip));
    };
    const [before, after] = [await at(0), await at(5)];
    expect(after).toBeLessThan(0.6 * before);
  });

  it('looks at the model only where scales are coarse, unless told otherwise', () => {
    expect(biasPasses(request())).toBe(0);
    expect(biasPasses(request({ granularity: 'tensor' }))).toBeGreaterThan(0);
    expect(biasPasses(request({}, { layer: { granularity: 'tensor' } }))).toBeGreaterThan(0);
    expect(biasPasses(request({ granularity: 'tensor', round: 'layer' }))).toBe(0);
    expect(biasPasses(request({ granularity: 'tensor', scales: 'power-of-two' }))).toBe(0);
    expect(biasPasses(request({ 'bias-passes': 1 }))).toBe(1);
    expect(biasPasses(request({ 'bias-passes': 3, 'correct-bias': false }))).toBe(0);
  });
});
