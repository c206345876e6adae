import type { ChannelsView, HistogramView } from './view.ts';

/** Which tensor: input `input` of the operator drawn as `node`. */
export interface WeightsPlace {
  node: number;
  input: number;
}

/** A stored tensor that an operator reads, from one pass over it. Numbers are what the elements stand for: integers times their scale. */
export interface WeightsView extends WeightsPlace {
  name: string;
  /** As stored: "int8", [64, 3, 3, 3], packed bytes. */
  type: string;
  shape: number[];
  bytes: number;
  elements: number;
  zeros: number;
  nan: number;
  infinite: number;
  /** Of the finite elements; null where there are none. */
  low: number | null;
  high: number | null;
  mean: number | null;
  deviation: number | null;
  /** Of the finite elements. */
  histogram: HistogramView;
  /** How often each stored integer occurs; bins of one integer, or of neighbours where there are many. */
  codes?: HistogramView;
  channels?: ChannelRangesView;
  quantization?: QuantizationView;
  /** Widths in bits that it can be rounded to for a look; empty for integers. */
  widths: number[];
}

/** Along the axis of output channels. */
export interface ChannelRangesView {
  axis: number;
  count: number;
  /** Neighbouring channels that share an entry below, where there are very many. */
  stride: number;
  low: number[];
  high: number[];
}

/** How integers stand for real numbers: real = scale × (integer − zero point). */
export interface QuantizationView {
  type: string;
  granularity: 'tensor' | 'channel' | 'block';
  axis?: number;
  /** All of them; the lists below have the first ones. */
  count: number;
  scale: number[];
  zeroPoint: number[];
}

/** What a tensor is beside what it becomes as integers. */
export interface RoundedView extends WeightsPlace {
  /** "Rounded to 4 bits", "Before it was quantized". */
  title: string;
  /** How the steps were chosen, one sentence. */
  text: string;
  /** As it was, and what became of it: over the same bins. */
  histograms: [HistogramView, HistogramView];
  /** The widest range that the integers of a channel stand for. */
  range: [low: number, high: number];
  /** Elements beyond the range of their channel. */
  clipped: number;
  /** dB; null: no error. */
  sqnr: number | null;
  axis: number;
  count: number;
  stride: number;
  /** By entry of `stride` channels, dB; null: no error. */
  channelSqnr: (number | null)[];
  channelClipped: number[];
  /** The scale of each entry's first channel. */
  scale: number[];
}

/** A stretch of a tensor seen as rows (its first axis) of cells (its second), each cell `height` × `width` elements. */
export interface KernelsView extends WeightsPlace {
  rows: number;
  cells: number;
  height: number;
  width: number;
  firstRow: number;
  firstCell: number;
  shownRows: number;
  shownCells: number;
  /** Row by row, cell by cell, element by element; null: no finite number. */
  values: (number | null)[];
}

/** What the run that made a model, or the newest that began with it, did to a layer. */
export interface OriginView {
  title: string;
  /** Which run. */
  text: string;
  rows: [label: string, value: string][];
  /** What the layer made, before and after. */
  values: ChannelsView[];
  /** The float tensors it began with can be looked at beside the integers. */
  original?: true;
}
