import type { Figure, Width } from './common.ts';

/** Counts in equal bins from `low` to `high`. */
export interface ChannelHistogram {
  label: string;
  low: Figure;
  high: Figure;
  counts: number[];
}

export interface LayerChannel {
  channel: number;
  /** Of its weights; null for a layer without constant ones. */
  weights: { low: Figure; high: Figure; scale: Figure; sqnrDb: Figure | null; equal?: true } | null;
  /** Of the layer's output in float. */
  low: Figure;
  high: Figure;
  /** Of the layer's output when this layer alone is quantized. */
  sqnrDb: Figure | null;
  equal?: true;
  /** Share of the noise of the layer's whole output, 0 to 1. */
  share: Figure;
}

/** One layer at some widths, channel by channel of its output. */
export interface ChannelsDocument {
  model: string;
  layer: string;
  op: string;
  weights: Width;
  activations: Width;
  samples: number;
  /** Of the whole output. */
  sqnrDb: Figure | null;
  equal?: true;
  /** What the layer reads, as calibration saw it, and the range that its integers stand for; null where it stays float. */
  input: { value: string; low: Figure; high: Figure; bits: number; from: Figure; to: Figure } | null;
  /** Worst first: by the share of the noise. */
  channels: LayerChannel[];
  /** Of weights before and after, of what the layer reads, and of its output before and after. */
  histograms: { weights: ChannelHistogram[]; input: ChannelHistogram[]; output: ChannelHistogram[] };
  warnings: string[];
}
