import type { PrunedCosts, PruningRound } from './pruning.ts';
import type { TrainingOutcome } from './training.ts';
import type { OverlayView } from './view.ts';

/**
 * What jobs answer: the JSON documents of the command line without their first two keys (`lathe`, `command`), which the host adds.
 * Sizes are bytes, times seconds unless the key ends in `Ms`, accuracy, AP and agreement per cent (0 to 100), PSNR dB.
 */

/** A shape with a name or null for a free dimension. */
export type Shape = readonly (number | string | null)[];

/** A figure that may be infinite in memory; as JSON text it is "inf", "-inf" or "nan" then (engine/base/json.ts). */
export type Figure = number;

export interface Measurement {
  /** `top1`, `ap50`, `psnr`, `agreement` … */
  metric: string;
  /** "%" or "dB". */
  unit: string;
  better: 'high' | 'low';
  value: Figure;
  samples: number;
  confidence: [Figure, Figure];
  /** The same model with the runtime's fusions off, where that gives another figure. */
  asWritten?: { value: Figure };
  /** The target whose arithmetic was simulated: its figure, not that of this machine's kernels. */
  simulated?: string;
  /** Top-5, found / false / total, per class …: whatever the metric gives beside its figure. */
  extra?: Record<string, unknown>;
}

export interface NotQuantized {
  name: string;
  op: string;
  reason: string;
}

export interface ModelSummary {
  /** Absolute. */
  path: string;
  role: 'input' | 'intermediate' | 'output';
  /** Its alias, where the recipe has several models. */
  on?: string;
  bytes: number;
  /** What the weights would take if each had only the bits it uses, headers and graph included. */
  packedBytes: number;
  parameters: number;
  macs: number | null;
  weightBits: number | null;
  activationBits: number | null;
  sparsity: number | null;
  /** Where weights are zero or shared in one of the run's models, and the file is not too large to look. */
  coded?: CodedModel;
}

/** What a model's file would take where it is stored compressed. */
export interface CodedModel {
  /** Part of the weights of convolutions and products with a matrix that is zero. */
  zeros: number;
  /** By deflate, as in a zip archive. */
  zippedBytes: number;
  /** With each layer's weights at the least that a coder reaches who does not look at neighbours (order-0 entropy), codebooks included; the rest as it is. */
  entropyBytes: number;
  /** Of these, codebooks. */
  codebookBytes: number;
}

/** The same of one layer's weights. */
export interface CodedLayer extends CodedModel {
  /** Different numbers. */
  distinct: number;
  /** As stored. */
  bytes: number;
}

export interface StepSummary {
  step: string;
  on?: string;
  seconds: number;
  metrics?: Measurement;
  /** What the step has to say: layers kept in 7 bits, opset raised … */
  notes?: string[];
  /** Of a step that tried several ways, in the order in which it did. */
  trials?: Trial[];
  /** Of a step that trained; its curve is in the run folder. */
  training?: TrainingOutcome;
  /** Of a step that pruned: the model as it was, then what each round left. */
  rounds?: PruningRound[];
}

/** One way to compress that was measured on validation pictures. */
export interface Trial {
  /** "8 bits per channel", "4 layers in float". */
  title: string;
  /** Of the method that was added: "rounding". */
  rung: string;
  /** On validation pictures; as written, so that the choice does not depend on this machine's kernels. */
  value: Figure;
  /** Against the float model, in the metric's unit; positive is worse. */
  loss: Figure;
  /** Of the loss. */
  confidence: [Figure, Figure];
  /** Packed bytes of the weights. */
  bytes: number;
  seconds: number;
  /** Whether what follows builds on it. */
  kept: boolean;
}

export interface GateVerdict {
  /** Allowed loss, in the metric's own unit. */
  drop: number;
  /** Measured loss; positive is worse. */
  measured: Figure;
  met: boolean;
}

/** One call with one picture, pictures ready as input, in ONNX Runtime on this machine. */
export interface RunLatency {
  before: { median: number; p90: number };
  after: { median: number; p90: number };
  threads: number;
}

/** `lathe run`, `quantize` and every other command that makes a recipe and runs it. */
export interface RunDocument {
  /** The run folder, absolute. */
  run: string;
  /** `recipe.resolved.yaml` in it, absolute. */
  recipe: string;
  steps: StepSummary[];
  models: ModelSummary[];
  /** When test data was given; without labels `metric` is `agreement`. */
  metrics?: { before: Measurement; after: Measurement };
  gate?: GateVerdict;
  /** When test data was given. */
  latencyMs?: RunLatency;
  /** `report.html`, absolute. */
  report: string;
  peakRssBytes: number;
  resumed: boolean;
  notQuantized: NotQuantized[];
  warnings: string[];
  /** Where the recipe's widths were searched for first. */
  search?: SearchSummary;
  /** Where the gate was missed. */
  next?: NextRung;
}

/** What to try next, as a sentence without its full stop and as a change of the recipe. */
export interface NextRung {
  text: string;
  /** Entries for `layers`. */
  layers?: [name: string, override: Record<string, unknown>][];
  /** Values by path, as `--set` takes them. */
  set?: Record<string, unknown>;
}

export interface EvaluateDocument {
  model: string;
  metric: string;
  unit: string;
  value: Figure;
  samples: number;
  confidence: [Figure, Figure];
  /** Corrupt pictures left out. */
  skipped?: number;
  asWritten?: { value: Figure };
  /** The target whose arithmetic was simulated. */
  simulated?: string;
  /** Against a second model on the same pictures: value - other value, with the interval of the paired difference. */
  difference?: { model: string; value: Figure; confidence: [Figure, Figure] };
  latencyMs?: { median: number; p90: number };
  threads: number;
  extra: Record<string, unknown>;
  warnings: string[];
}

/** Figures by layer, ready to be drawn. */
export interface FiguresDocument {
  model: string;
  /** Nodes of the main graph; the overlays' indices are places among them. */
  layers: number;
  overlays: OverlayView[];
  seconds: number;
  warnings: string[];
}

export interface ComparedLayer {
  /** Names in the two models. */
  a: string;
  b: string;
  op: string;
  /** null beside `equal: true` where the tensors are the same. */
  sqnrDb: Figure | null;
  equal?: true;
  cosine: Figure;
  maxAbs: Figure;
  meanShift: Figure;
  /** Only where the job asked for it. */
  outputs?: LayerOutputs;
}

/** How the outputs of a layer lie in both models. */
export interface LayerOutputs {
  /** Counts over the same equal bins from `low` to `high`. */
  low: number;
  high: number;
  a: number[];
  b: number[];
  /** Channels in all (axis 1); 0 where the output has none. */
  channels: number;
  /** Worst first, not all of them; `share`: of the noise of all channels, 0 to 1. */
  worst: { channel: number; low: number; high: number; sqnr: number | null; share: number }[];
  /** What range estimators would choose for the first model's values, by their names. */
  ranges: { estimator: string; low: number; high: number }[];
}

export interface ComparedOutput {
  name: string;
  sqnrDb: Figure | null;
  equal?: true;
  cosine: Figure;
  maxAbs: Figure;
}

export interface CompareDocument {
  inputs: [string, string];
  /** Names of nodes. `changed`: same name, other operator, attributes or weights. */
  structure: { added: string[]; removed: string[]; changed: string[] };
  layers: ComparedLayer[];
  outputs: ComparedOutput[];
  size: { a: number; b: number };
  /** Pictures that ran through both. */
  samples: number;
  warnings: string[];
}

/** Width of weights or activations; `float`: that side is not quantized. */
export type Width = number | 'ternary' | 'binary' | 'float';

export interface AnalyzedLayer {
  name: string;
  op: string;
  /** The width that was tried: of the weights, or of the activations where only those were quantized. */
  bits: Width;
  weights: Width;
  activations: Width;
  /** In the document's `unit`; null beside `equal: true` where quantization changed nothing. */
  value: Figure | null;
  equal?: true;
  /** `task` and `agreement`: against the baseline on the same pictures, with the interval of the paired difference. */
  difference?: { value: Figure; confidence: [Figure, Figure] };
  parameters: number;
  macs: number | null;
}

export interface AnalyzeDocument {
  /** Absolute path of the model. */
  model: string;
  method: string;
  metric: string;
  /** What the metric `task` turned out to be (`top1`); otherwise the metric again. */
  measure: string;
  /** "dB", "%", "nats", or "" for a number without one. */
  unit: string;
  better: 'low' | 'high';
  samples: number;
  /** Worst first. */
  layers: AnalyzedLayer[];
  /** What the layers' figures are to be compared with: the float model, or every layer quantized at these widths. */
  baseline: { model: 'float' | 'quantized'; weights?: Width; activations?: Width; value: Figure | null; equal?: true }[];
  notAnalyzed: NotQuantized[];
  seconds: number;
  /** Whole runs of the model that it took; parts of one count by their multiply-adds. */
  forwardPasses: number;
  /** What it was thought to cost before it began, from a few measured runs. */
  estimate?: { seconds: number; layers: number; samples: number };
  /** Every figure was known from before. */
  cached: boolean;
  warnings: string[];
}

/** One group of channels with a part of them removed, all else as it was. */
export interface PruningSensitivityPoint {
  /** Part of the channels that was to go, and the one that went. */
  asked: number;
  part: number;
  /** Channels left. */
  left: number;
  /** In the document's `unit`; null beside `equal: true` where the outputs did not change. */
  value: Figure | null;
  equal?: true;
  /** Against the whole model, in the metric's unit; positive is worse. Only where a task metric was measured. */
  loss?: Figure;
}

export interface PruningSensitivityGroup {
  /** Of the group: its first layer. */
  name: string;
  op: string;
  channels: number;
  /** Names of the layers that make it. */
  makers: string[];
  /** Multiply-adds of the layers that make or read it. */
  macs: number;
  /** By rising part. */
  points: PruningSensitivityPoint[];
  /** Part of its channels to remove for the suggested goal. */
  suggested: number;
}

/** `lathe analyze --technique prune`. */
export interface PruningSensitivityDocument {
  /** Absolute path. */
  model: string;
  technique: 'prune';
  method: 'isolated';
  metric: 'sqnr' | 'task';
  /** What the metric `task` turned out to be (`top1`); otherwise the metric again. */
  measure: string;
  unit: string;
  better: 'low' | 'high';
  samples: number;
  /** What said which channels matter least. */
  criterion: string;
  /** Most sensitive first: what is lost when the middle one of the parts goes. */
  groups: PruningSensitivityGroup[];
  /** Parts of the whole model that remain with the suggested widths. */
  suggestion: { macs: number; parameters: number; costs: PrunedCosts };
  /** Groups that have to stay, with the reason. */
  kept: { name: string; channels: number; reason: string }[];
  /** Nodes of the main graph; the overlays' indices are places among them. */
  nodes: number;
  overlays: OverlayView[];
  seconds: number;
  /** Cut models that were run over the pictures. */
  cuts: number;
  warnings: string[];
}

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

export interface InspectedValue {
  name: string;
  type: string;
  shape: Shape | null;
}

export interface InspectedLayer {
  name: string;
  op: string;
  outputShape: Shape | null;
  parameters: number;
  macs: number | null;
  bits?: number;
  sparsity?: number;
  /** With `--weights`: extremes of all weights of the layer. */
  range?: [Figure, Figure];
}

export interface InspectDocument {
  file: { path: string; bytes: number; sha256?: string };
  opset: number;
  producer: string;
  inputs: InspectedValue[];
  outputs: InspectedValue[];
  nodes: number;
  operators: Record<string, number>;
  parameters: number;
  weightBytes: number;
  macs: number | null;
  peakActivationBytes: number | null;
  /** What is odd but valid: unsorted nodes, unused values, operators that ONNX Runtime does not have. */
  findings: { code: string; message: string; node?: string }[];
  layers: InspectedLayer[];
}

/** `report` and `merge`: a file that was written. */
export interface FileDocument {
  output: { path: string; bytes: number };
  warnings: string[];
}

/** `lathe new`. */
export interface NewDocument extends FileDocument {
  architecture: string;
  parameters: number;
  macs: number | null;
  inputs: InspectedValue[];
  outputs: InspectedValue[];
}

/** Widths of layers that were found or compared with, and what they cost. */
export interface SearchPoint {
  /** "found", "uniform 4", "knapsack" … */
  name: string;
  /** In the budget's unit. */
  cost: Figure;
  /** Of the cost with every layer at 8 bits. */
  percent: Figure;
  /** Packed bytes of all weights. */
  bytes: number;
  /** Noise over signal of the outputs as the additive model has it: the sum of what single layers cost. */
  predicted: Figure;
  /** The same, measured with all layers at their widths. */
  measured?: Figure;
  /** The task metric on validation pictures. */
  value?: Figure;
  /** Against the float model, in the metric's unit; positive is worse. */
  loss?: Figure;
}

export interface SearchedLayer {
  name: string;
  op: string;
  parameters: number;
  macs: number | null;
  /** What was chosen. */
  weights: number | 'float';
  /** Noise over signal of the outputs with this layer alone at a width ("4", "float"). */
  errors: Record<string, Figure>;
  /** The recipe's `layers` had fixed it. */
  fixed?: true;
}

export interface SearchSummary {
  method: string;
  budget: { kind: string; limit: Figure; unit: string; uniform8: Figure };
  metric: string;
  unit: string;
  /** Pictures that choices looked at. */
  samples: number;
  found: SearchPoint;
  /** Equal widths for all layers, for comparison, and what the methods proposed. */
  compared: SearchPoint[];
  /** Cheapest first; each has less error than the one before. */
  front: SearchPoint[];
  layers: SearchedLayer[];
  notes: string[];
}

/** `lathe search`: the run of the recipe that was found. `recipe` is that recipe. */
export interface SearchDocument extends RunDocument {
  search: SearchSummary;
}
