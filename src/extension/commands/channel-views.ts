import { shortNumber } from '../../protocol/format.ts';
import type { ChannelHistogram, ChannelsDocument } from '../../protocol/results/channels.ts';
import type { ChannelsView, ChannelView, HistogramView } from '../../protocol/view.ts';
import { widthsText } from '../overlays/views.ts';

/** Channels in the side panel; a person looks at the worst. */
const shownChannels = 12;

/** What the side panel shows of a layer's channels: its output, its weights, what it reads. */
export function channelViews(document: ChannelsDocument): ChannelsView[] {
  const widths = widthsText(document);
  return [outputView(document, widths), ...weightsView(document, widths), ...inputView(document)];
}

function outputView({ channels, histograms, samples, sqnrDb, equal }: ChannelsDocument, widths: string): ChannelsView {
  const worst = channels
    .slice(0, shownChannels)
    .map(({ channel, low, high, sqnrDb, equal, share }): ChannelView => ({ channel, low, high, sqnr: equal ? null : sqnrDb, share }));
  const whole = equal || sqnrDb === null ? 'without error' : `${shortNumber(sqnrDb)} dB`;
  const text = `This layer alone quantized, ${samples} pictures: ${whole}.`;
  return { title: `Output, ${widths}`, text, histograms: histogramViews(histograms.output), count: channels.length, worst };
}

function weightsView({ channels, histograms, weights }: ChannelsDocument, widths: string): ChannelsView[] {
  const rows = channels.flatMap(({ channel, weights }): ChannelView[] =>
    weights ? [{ channel, low: weights.low, high: weights.high, sqnr: weights.equal ? null : weights.sqnrDb }] : [],
  );
  if (rows.length === 0) return [];
  const worst = rows.sort((a, b) => (a.sqnr ?? Infinity) - (b.sqnr ?? Infinity) || a.channel - b.channel).slice(0, shownChannels);
  const text = `From ${shortNumber(Math.min(...rows.map(({ low }) => low)))} to ${shortNumber(Math.max(...rows.map(({ high }) => high)))}.`;
  const title = weights === 'float' ? 'Weights' : `Weights, ${widths}`;
  return [{ title, text: text.replaceAll('-', '−'), histograms: histogramViews(histograms.weights), count: rows.length, worst }];
}

function inputView({ input, histograms }: ChannelsDocument): ChannelsView[] {
  if (!input) return [];
  const { value, low, high, from, to, bits } = input;
  const seen = `seen from ${shortNumber(low)} to ${shortNumber(high)}`;
  const text = `${value}: ${seen}, ${bits} bits stand for ${shortNumber(from)} to ${shortNumber(to)}.`.replaceAll(' -', ' −');
  return [{ title: 'What it reads', text, histograms: histogramViews(histograms.input), range: [from, to], count: 0, worst: [] }];
}

const histogramViews = (all: readonly ChannelHistogram[]): HistogramView[] =>
  all.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high)).map((one) => ({ ...one, counts: [...one.counts] }));
