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
  /** What it is to the operator: "weights", "zero point". */
  role?: string;
  /** Of a constant. */
  bytes?: number;
  /** Stored numbers lie behind it that can be looked into (`modelMessages.weights`). */
  weights?: true;
  /** Of an input who makes it, of an output who reads it; the first ones of `linkCount`. */
  links?: NodeLink[];
  linkCount?: number;
}

/** A node of the drawing to go to. */
export interface NodeLink {
  node: number;
  op: string;
  name: string;
}

export interface AttributeView {
  name: string;
  type: string;
  /** Shortened where it is long. */
  value: string;
  /** One sentence without its full stop. */
  meaning?: string;
  /** The file does not have it: what holds then. */
  byDefault?: true;
}

/** What is shown of the selected layer beside its row, or of any other operator of the drawing. */
export interface LayerDetail {
  /** Id of its node. */
  index: number;
  name: string;
  op: string;
  /** What the operator does, one line, where that is known. */
  about?: string;
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
  /** Ascending borders between the steps of colour, in the figure's unit. Empty where `gradient` or `classes` says how values become colours. */
  thresholds: number[];
  /** Values at the worst and the best end of the colours, which run evenly between them, by the logarithm where `log` is true. */
  gradient?: { worst: number; best: number; log: boolean };
  /** Values that stand for words ("DPU", "CPU"), by their number; `level` from 0 (worst) to 4. */
  classes?: { value: number; label: string; level: number }[];
  /** What a folded group shows: its worst layer, or the sum of all. */
  fold: 'worst' | 'sum';
  /** A sentence for single layers: why the board refuses it. */
  notes?: [index: number, note: string][];
  /** What is true of the whole model: "Peak 2.1 MB after /layer1/0/Add". */
  summary?: string;
  /** By the layer's index; null: measured, and without error. Layers without an entry were not measured. */
  values: [index: number, value: number | null][];
  /** How and on what it was measured: "isolated, 64 pictures". */
  origin: string;
  /** Where it comes from, as the chooser groups them; absent: measured. */
  group?: 'measured' | 'model' | 'file';
  /** From a file that was opened or dropped on the view: it can be taken away again. */
  removable?: true;
  /** From an analysis: its layers can be looked at channel by channel. */
  analyzed?: true;
  /** Why the figures may not hold any more, one sentence. */
  stale?: string;
}

/** Counts over equal bins from `low` to `high`. */
export interface HistogramView {
  label: string;
  low: number;
  high: number;
  counts: number[];
}

export interface ChannelView {
  channel: number;
  low: number;
  high: number;
  /** Signal over noise in dB; null: no error. */
  sqnr: number | null;
  /** Of the noise of all channels, 0 to 1; where it is known. */
  share?: number;
}

/** One kind of values of a layer (what it reads, its weights, its output), as a whole and channel by channel. */
export interface ChannelsView {
  /** "Output, w4a8". */
  title: string;
  /** One sentence beneath the title. */
  text: string;
  /** The first is the values as they were, the others what became of them. */
  histograms: HistogramView[];
  /** The range that integers stand for: what lies outside is cut off. */
  range?: [low: number, high: number];
  /** Channels in all. */
  count: number;
  /** Worst first, and not all of them where there are many. */
  worst: ChannelView[];
}

/** Why there is nothing to show, and the one thing to do about it. */
export interface ProblemView {
  /** One sentence: what and where. */
  message: string;
  hint?: string;
  /** A button's label and the id that comes back when it is pressed. */
  action?: { id: 'reload' | 'open-as-text'; label: string };
}

/** An overlay that has no figures yet, and what it takes to get them. */
export interface OverlayOffer {
  id: string;
  label: string;
  /** "Needs pictures", "Runs the model 20 times". */
  needs: string;
  /** "Analyze…", "Measure". */
  action: string;
}

/** What the recipe in use says of a layer, to be shown beside it. */
export interface LayerSetting {
  index: number;
  /** All that its entries say together: "weights: 8, round: layer". */
  text: string;
  /** The key under `layers:` that applies last. */
  pattern: string;
  /** Of that key, from 1. */
  line: number;
  /** It is left out of a step (`quantize: false`). */
  out?: true;
}

export interface RecipeView {
  /** Shown name, relative to the workspace. */
  file: string;
  /** What its steps say of layers without settings of their own: "weights: 8, activations: 8". */
  rest: string;
  settings: LayerSetting[];
  /** There are others for this model. */
  others: boolean;
  /** Has changes that are not saved. */
  unsaved: boolean;
  /** Title of the change that can be taken back: "weights: 4 for 3 layers". */
  undo?: string;
  /** Why its settings cannot be shown, one sentence. */
  problem?: string;
}

/** Something that can be run or done for the model or its layers; those that change layers are written into the recipe. */
export interface ActionView {
  id: string;
  title: string;
  /** One line: what it needs, what it brings. */
  detail: string;
  /** `model`: for the whole file; `layers`: for the selected ones. */
  on: 'model' | 'layers';
  /** For a person to choose from before it is done: 8, 6, 4 … */
  choices?: { label: string; value: string }[];
  /** Of `layers`: those it can be done for; absent: all. */
  layers?: number[];
}

/** A job that runs or waits for this model. */
export interface JobView {
  id: number;
  title: string;
  /** 0 to 1; absent while it waits for its turn. */
  fraction?: number;
  /** "layer 12 of 38, about 40 s". */
  text: string;
}

/** How a job for this model ended, with what can be done next. */
export interface OutcomeView {
  id: number;
  title: string;
  /** One line: the figures, or what went wrong. */
  text: string;
  failed: boolean;
  next: { id: 'compare' | 'report' | 'recipe' | 'output'; label: string }[];
}
