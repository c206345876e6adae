import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { quantizeDynamic } from '../../../src/engine/quantize/dynamic.ts';
import { matrixPairs, pairLimit } from '../../../src/engine/quantize/saturation.ts';
import { quantizeWeights } from '../../../src/engine/quantize/weight-only.ts';
import { buildModel } from '../../support/model-builder.ts';
import { dependencies, noise, optimizedOperators, request, run, sqnr, weights } from './support.ts';

const dims = [2, 3, 6, 6];
const network = (): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 6, 6] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }, { name: 'conv' }],
      ['ConvTranspose', ['c', 't'], ['u'], {}, { name: 'up' }],
      ['Relu', ['u'], ['r']],
      ['GlobalAveragePool', ['r'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'v', 'd'], ['h'], { transB: 1, alpha: 0.5, beta: floatAttribute(2) }, { name: 'hidden' }],
      ['MatMul', ['h', 'm'], ['y'], {}, { name: 'product' }],
    ],
    initializers: {
      w: weights('w', [4, 3, 3, 3]), b: weights('b', [4]), t: weights('t', [4, 5, 2, 2]), v: weights('v', [6, 5]), d: weights('d', [6]),
      m: weights('m', [6, 3]),
    }, // prettier-ignore
  });
const { dataset: _, ...withoutPictures } = dependencies([3, 6, 6]);
const data = noise(216);
const float = await run(encodeModel(network()), dims, data, 'all');

describe('dynamic quantization', () => {
  it('multiplies integers without any pictures, near the float model, the same as written and fused', async () => {
    const { model, layers, notQuantized } = await quantizeDynamic(network(), request({ method: 'dynamic' }), withoutPictures);
    expect(layers.map(({ name }) => name)).toEqual(['conv', 'hidden', 'product']);
    expect(notQuantized.find(({ name }) => name === 'up')).toBeDefined();
    const written = await run(encodeModel(model), dims, data, 'none');
    expect(sqnr(float, written)).toBeGreaterThan(30);
    expect(sqnr(written, await run(encodeModel(model), dims, data, 'all'))).toBeGreaterThan(60);
    const found = await optimizedOperators(model);
    expect(found['ConvInteger']).toBe(1);
    expect((found['DynamicQuantizeMatMul'] ?? 0) + (found['MatMulIntegerToFloat'] ?? 0)).toBe(2);
  });

  it('keeps int8 products from saturating', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 8] }],
      outputs: ['y'],
      nodes: [['MatMul', ['x', 'w'], ['y']]],
      initializers: { w: Tensor.float32([8, 2], new Float32Array(16).fill(1)) },
    });
    await quantizeDynamic(model, request({ method: 'dynamic' }), withoutPictures);
    const codes = model.graph.initializers.get('w_quantized')!.toFloat64();
    const pairs = matrixPairs(8);
    for (let i = 0; i < pairs.length; i += 2) expect(codes[2 * pairs[i]!]! + codes[2 * pairs[i + 1]!]!).toBeLessThanOrEqual(pairLimit);
  });

  it('says when there is nothing to do', async () => {
    const model = buildModel({ inputs: [{ name: 'x', shape: [1] }], outputs: ['y'], nodes: [['Identity', ['x'], ['y']]] });
    await expect(quantizeDynamic(model, request({ method: 'dynamic' }), withoutPictures)).rejects.toMatchObject({
      code: 'quantize.nothing',
    });
  });
});

describe('weight-only quantization', () => {
  it('stores every weight in one byte and computes as before', async () => {
    const { model, layers } = await quantizeWeights(network(), request({ method: 'weight-only' }), withoutPictures);
    expect(layers.map(({ name }) => name)).toEqual(['conv', 'up', 'hidden', 'product']);
    const stored = [...model.graph.initializers].filter(([name]) => name.endsWith('_quantized'));
    expect(stored.every(([, { type }]) => type === DataType.int8)).toBe(true);
    expect([...model.graph.initializers.keys()]).not.toContain('w');
    expect(sqnr(float, await run(encodeModel(model), dims, data, 'all'))).toBeGreaterThan(35);
    // No kernel multiplies these integers, so neighbours need no room.
    expect(layers.every(({ weights: found }) => found!.saturation === 'none')).toBe(true);
  });

  it('loses about 6 dB with every bit', async () => {
    const left: number[] = [];
    for (const bits of [8, 6, 4]) {
      const { model } = await quantizeWeights(network(), request({ method: 'weight-only', weights: bits }), withoutPictures);
      left.push(sqnr(float, await run(encodeModel(model), dims, data, 'none')));
    }
    expect(left[0]! - left[1]!).toBeGreaterThan(6);
    expect(left[1]! - left[2]!).toBeGreaterThan(6);
  });
});
