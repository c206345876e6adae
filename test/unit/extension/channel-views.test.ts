import { describe, expect, it } from 'vitest';
import { channelViews } from '../../../src/extension/commands/channel-views.ts';
import type { ChannelsDocument, LayerChannel } from '../../../src/protocol/results/channels.ts';

const channel = (index: number, weightSqnr: number | null, share: number): LayerChannel => ({
  channel: index,
  weights: { low: -index - 1, high: 1, scale: 0.1, sqnrDb: weightSqnr },
  low: 0,
  high: index,
  sqnrDb: 20,
  share,
});

const document: ChannelsDocument = {
  model: '/m.onnx',
  layer: '/conv',
  op: 'Conv',
  weights: 4,
  activations: 8,
  samples: 32,
  sqnrDb: 12.34,
  input: { value: 'x', low: -0.5, high: 4.25, bits: 8, from: 0, to: 3 },
  channels: [channel(2, 30, 0.5), channel(0, 9, 0.3), channel(1, null, 0.2)],
  histograms: {
    weights: [],
    input: [{ label: 'seen', low: 0, high: 4, counts: [1, 2] }],
    output: [{ label: 'odd', low: 0, high: NaN, counts: [] }],
  },
  warnings: [],
};

describe('a layer channel by channel', () => {
  const [output, weights, input] = channelViews(document);

  it('has the output first, by the share of the noise', () => {
    expect(output).toMatchObject({ title: 'Output, w4a8', count: 3, histograms: [] });
    expect(output?.text).toBe('This layer alone quantized, 32 pictures: 12.3 dB.');
    expect(output?.worst.map(({ channel, share }) => [channel, share])).toEqual([
      [2, 0.5],
      [0, 0.3],
      [1, 0.2],
    ]);
  });

  it('has the weights by their own error, those without any last', () => {
    expect(weights?.title).toBe('Weights, w4a8');
    expect(weights?.text).toBe('From −3 to 1.');
    expect(weights?.worst.map(({ channel }) => channel)).toEqual([0, 2, 1]);
  });

  it('says what the layer reads and which part of it the integers stand for', () => {
    expect(input?.text).toBe('x: seen from −0.5 to 4.25, 8 bits stand for 0 to 3.');
    expect(input?.range).toEqual([0, 3]);
  });

  it('leaves out what there is not: constant weights, integers', () => {
    const bare = { ...document, input: null, channels: document.channels.map((one) => ({ ...one, weights: null })) };
    expect(channelViews(bare).map(({ title }) => title)).toEqual(['Output, w4a8']);
  });
});
