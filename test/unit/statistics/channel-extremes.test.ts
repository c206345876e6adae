import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { ChannelExtremes, collectChannelExtremes } from '../../../src/engine/statistics/channel-extremes.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { buildModel } from '../../support/model-builder.ts';
import { runtime } from '../quantize/support.ts';

const model = (opset: number) =>
  buildModel({
    opset,
    inputs: [{ name: 'x', shape: ['N', 3, 4, 5] }],
    outputs: ['y', 'other'],
    nodes: [
      ['Neg', ['x'], ['n']],
      ['Relu', ['n'], ['y']],
      ['Exp', ['y'], ['other']],
    ],
  });
const requests = [
  { value: 'n', rank: 4, axis: 1, channels: 3 },
  { value: 'y', rank: 4, axis: 3, channels: 5 },
];

describe('channel extremes', () => {
  it.each([13, 18])('are those of brute force, with reductions of opset %i', async (opset) => {
    const dataset = noiseDataset(5, [3, 4, 5]);
    const found = await collectChannelExtremes({ model: model(opset), requests, dataset, runtime, context: plainContext() });
    const expected = { n: new ChannelExtremes(3), y: new ChannelExtremes(5) };
    for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
      const by = (extremes: ChannelExtremes, channelOf: (i: number) => number, f: (x: number) => number): void => {
        const [low, high] = [new Array<number>(extremes.channels).fill(Infinity), new Array<number>(extremes.channels).fill(-Infinity)];
        (input.data as Float32Array).forEach((x, i) => {
          low[channelOf(i)] = Math.min(low[channelOf(i)]!, f(x));
          high[channelOf(i)] = Math.max(high[channelOf(i)]!, f(x));
        });
        extremes.add(low, high);
      };
      by(
        expected.n,
        (i) => Math.floor(i / 20),
        (x) => -x,
      );
      by(
        expected.y,
        (i) => i % 5,
        (x) => Math.max(0, -x),
      );
    }
    for (const name of ['n', 'y'] as const) {
      expect(found.get(name)!.low.map((value) => value + 0)).toEqual(expected[name].low.map((value) => value + 0));
      expect(found.get(name)!.high).toEqual(expected[name].high);
      expect(found.get(name)!.pictures).toBe(5);
    }
  });

  it('merge and come back from what was saved, in any order', () => {
    const parts = [
      [-1, 2, 0, 3],
      [-4, 1, 5, 5],
    ].map(([a, b, c, d]) => {
      const part = new ChannelExtremes(3);
      part.add([a!, c!, Infinity], [b!, d!, -Infinity]);
      return part;
    });
    const [forward, backward] = [
      [0, 1],
      [1, 0],
    ].map((order) => {
      const merged = ChannelExtremes.restore(parts[order[0]!]!.save());
      merged.merge(ChannelExtremes.restore(parts[order[1]!]!.save()));
      return merged.save();
    });
    expect(forward).toEqual(backward);
    expect(forward).toEqual({ pictures: 2, ranges: [[-4, 2], [0, 5], null] });
    expect(() => parts[0]!.merge(new ChannelExtremes(2))).toThrow('channels');
  });

  it('hold no range for a value without elements', async () => {
    const empty = buildModel({
      inputs: [{ name: 'x', shape: ['N', 3, 4, 5] }],
      outputs: ['y'],
      nodes: [
        ['Abs', ['x'], ['a']],
        ['Neg', ['a'], ['b']],
        // Elements above zero, of which there are none.
        ['Relu', ['b'], ['r']],
        ['NonZero', ['r'], ['none']],
        ['Cast', ['none'], ['y'], { to: 1 }],
      ],
    });
    const wanted = [{ value: 'y', rank: 2, axis: 0, channels: 4 }];
    const found = await collectChannelExtremes({
      model: empty,
      requests: wanted,
      dataset: noiseDataset(2, [3, 4, 5]),
      runtime,
      context: plainContext(),
    });
    const { low, high } = found.get('y')!;
    expect([low[0], high[0]]).toEqual([Infinity, -Infinity]);
  });

  it('take a channel with NaN for one without bounds', () => {
    const extremes = new ChannelExtremes(1);
    extremes.add([NaN], [1]);
    extremes.add([0], [1]);
    expect([extremes.low[0], extremes.high[0]]).toEqual([-Infinity, Infinity]);
  });
});
