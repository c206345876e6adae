import type { OverlayView } from '../view.ts';
import type { Figure, NotQuantized, Width } from './common.ts';

/** Figures by layer, ready to be drawn. */
export interface FiguresDocument {
  model: string;
  /** Nodes of the main graph; the overlays' indices are places among them. */
  layers: number;
  overlays: OverlayView[];
  seconds: number;
  warnings: string[];
}

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
