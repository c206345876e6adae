import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { noiseDataset } from '../../../support/fake-dataset.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { difference, randomNetwork, rewrite, rowMaxima } from './support.ts';

describe('equalize', () => {
  it('leaves the function of random networks as it is', async () => {
    let changed = 0;
    for (let seed = 0; seed < 60; seed++) {
      const model = randomNetwork(seed, 4);
      const before = encodeModel(model);
      const dataset = noiseDataset(8, [4, 8, 8]);
      await rewrite(model, { equalize: true }, dataset);
      const after = encodeModel(model);
      changed += Number(Buffer.compare(before, after) !== 0);
      expect(await difference(before, after, dataset), `seed ${seed}`).toBeLessThan(2e-5);
    }
    expect(changed).toBeGreaterThan(50);
  });

  it('gives both tensors equal ranges in every channel: r1 = r2 = sqrt(r1 r2) of the paper', async () => {
    const [first, second] = [
      [8, 1, 2, 0.5],
      [0.5, 4, 2, 1],
    ];
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 1, 4, 4] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w1', 'b1'], ['c']],
        ['Relu', ['c'], ['r']],
        ['Conv', ['r', 'w2'], ['y']],
      ],
      initializers: {
        w1: Tensor.float32([4, 1, 1, 1], first!),
        b1: Tensor.float32([4], [1, 1, 1, 1]),
        w2: Tensor.float32([1, 4, 1, 1], second!),
      },
    });
    const before = encodeModel(model);
    await rewrite(model, { equalize: true });
    const [w1, w2] = ['w1', 'w2'].map((name) => model.graph.constant(name)!.toFloat64());
    const ratio = w1!.map((value, i) => value / w2![i]!);
    for (const value of ratio) expect(value / ratio[0]!).toBeCloseTo(1, 1);
    w1!.forEach((value, i) => expect(value * w2![i]!).toBeCloseTo(first![i]! * second![i]!, 5));
    expect(await difference(before, encodeModel(model), noiseDataset(4, [1, 4, 4]))).toBeLessThan(1e-6);
  });

  it('moves only channels that never reach the bound of a Clip, up to 0.98 of it', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['N', 1, 4, 4] }],
      outputs: ['y'],
      nodes: [
        ['Conv', ['x', 'w1'], ['c'], {}, { name: 'first' }],
        ['Clip', ['c', 'zero', 'six'], ['r']],
        ['Conv', ['r', 'w2'], ['y']],
      ],
      initializers: {
        zero: Tensor.float32([], [0]),
        six: Tensor.float32([], [6]),
        // On pictures of 0 to 1: channel 0 reaches 9, channel 1 half, channel 2 five of six.
        w1: Tensor.float32([3, 1, 1, 1], [9, 0.5, 5]),
        w2: Tensor.float32([1, 3, 1, 1], [1, 1, 9]),
      },
    });
    const before = encodeModel(model);
    const dataset = noiseDataset(4, [1, 4, 4], (data) => data.forEach((_, i) => (data[i] = i / 15)));
    await rewrite(model, { equalize: true }, dataset);
    const [saturated, small, near] = rowMaxima(model, 'w1');
    expect(saturated).toBe(9);
    // The same share of both tensors' ranges: 9 before, 9 divided by channel 2's factor behind.
    expect(small! / 9).toBeCloseTo(0.5 / small! / (9 * (5 / near!)), 2);
    expect(near).toBeCloseTo(0.98 * 6, 5);
    expect(await difference(before, encodeModel(model), dataset)).toBeLessThan(1e-6);
  });

  it('keeps out of shared weights, excluded layers, graph outputs and what is not homogeneous', async () => {
    const chain = (op: string, outputs: string[], shared: boolean) =>
      buildModel({
        inputs: [{ name: 'x', shape: ['N', 2, 4, 4] }],
        outputs,
        nodes: [
          ['Conv', ['x', 'w1'], ['c'], {}, { name: 'first' }],
          [op, ['c'], ['r']],
          ['Conv', ['r', shared ? 'w1' : 'w2'], ['y'], {}, { name: 'second' }],
        ],
        initializers: {
          w1: Tensor.float32([2, 2, 1, 1], [9, 1, 1, 1]),
          ...(shared ? {} : { w2: Tensor.float32([2, 2, 1, 1], [1, 9, 1, 9]) }),
        },
      });
    const dataset = noiseDataset(4, [2, 4, 4]);
    for (const [model, settings] of [
      [chain('Relu', ['y'], true), {}],
      [chain('Relu', ['y', 'r'], false), {}],
      [chain('Sigmoid', ['y'], false), {}],
      [chain('Relu', ['y'], false), { exclude: ['second'] }],
    ] as const) {
      const before = rowMaxima(model, 'w1');
      const { notes } = await rewrite(model, { equalize: true, ...settings }, dataset);
      expect(rowMaxima(model, 'w1')).toEqual(before);
      expect(notes.join()).toContain('no two neighbouring layers');
    }
    const model = chain('Relu', ['y'], false);
    await rewrite(model, { equalize: true }, dataset);
    expect(rowMaxima(model, 'w1')).not.toEqual([9, 1]);
  });
});
