/**
 * What a view shows of a model, as plain data in the words of a reader, not of a file format: ONNX today, other containers by
 * the same shape. Nothing here carries weights. Names and texts are as the file has them: hostile ones included.
 */

/** A number, a name for a free dimension, or null where nothing is known. */
export type ViewShape = readonly (number | string | null)[];

export interface ValueView {
  name: string;
  /** "float32"; for other kinds than tensors a word such as "sequence". */
  type: string;
  /** null: the rank is unknown. */
  shape: ViewShape | null;
}

export interface LayerView {
  /** Place in the file's own order, from 0; the key under which details are asked for. */
  index: number;
  name: string;
  /** "Conv"; with its domain before it where that is not ONNX's own. */
  op: string;
  outputShape: ViewShape | null;
  parameters: number;
  weightBytes: number;
  /** null while dimensions are free. */
  macs: number | null;
}

export interface ModelView {
  /** File name without folders. */
  name: string;
  fileBytes: number;
  /** "ONNX, opset 13". */
  format: string;
  producer: string;
  parameters: number;
  weightBytes: number;
  macs: number | null;
  peakActivationBytes: number | null;
  inputs: ValueView[];
  outputs: ValueView[];
  layers: LayerView[];
  /** Names and values stored with the model. */
  metadata: [name: string, value: string][];
  /** What is odd about a valid model, one sentence each. */
  findings: string[];
}

/** One input or output of a layer. */
export interface PortView extends ValueView {
  /** `constant`: a tensor stored in the model. */
  kind: 'value' | 'constant' | 'absent';
  /** Of a constant. */
  bytes?: number;
}

export interface AttributeView {
  name: string;
  type: string;
  /** Shortened where it is long. */
  value: string;
}

/** What is shown of the selected layer beside its row. */
export interface LayerDetail {
  index: number;
  name: string;
  op: string;
  attributes: AttributeView[];
  inputs: PortView[];
  outputs: PortView[];
}

/** A figure for each layer that an analysis or a run measured, to be drawn beside the layers. */
export interface OverlayView {
  /** Unique among the overlays of a model; the same after the analysis ran again. */
  id: string;
  /** "Quantization error (SQNR), 8 bits". */
  label: string;
  unit: string;
  better: 'high' | 'low';
  /** Ascending borders between the steps of colour, in the figure's unit. */
  thresholds: number[];
  /** By the layer's index; null: measured, and without error. Layers without an entry were not measured. */
  values: [index: number, value: number | null][];
  /** How and on what it was measured: "isolated, 64 pictures". */
  origin: string;
  /** Why the figures may not hold any more, one sentence. */
  stale?: string;
}

/** Counts over even bins from `low` to `high`. */
export interface HistogramView {
  label: string;
  counts: number[];
}

/** One kind of values of a layer (its weights, its output), as a whole and channel by channel. */
export interface ChannelsView {
  /** "Weights, 8 bits". */
  title: string;
  low: number;
  high: number;
  /** Over the same bins; none where the values were not looked at one by one. */
  histograms: HistogramView[];
  /** Channels in all. */
  count: number;
  /** Worst first, and not all of them where there are many. */
  worst: { channel: number; low: number; high: number; value: number | null }[];
  /** Of `worst.value`: "SQNR" in "dB". */
  figure: string;
  unit: string;
}

/** Why there is nothing to show, and the one thing to do about it. */
export interface ProblemView {
  /** One sentence: what and where. */
  message: string;
  hint?: string;
  /** A button's label and the id that comes back when it is pressed. */
  action?: { id: 'reload' | 'open-as-text'; label: string };
}
