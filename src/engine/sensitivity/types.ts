import type { AnalyzedLayer } from '../../protocol/results/analyze.ts';
import type { Context } from '../base/context.ts';
import type { DataSource } from '../data/source.ts';
import type { Dataset } from '../data/types.ts';
import type { MetricSetting } from '../evaluate/metric.ts';
import type { QuantizeSettings } from '../quantize/step.ts';
import type { Task } from '../recipe/types.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** Widths that a layer is tried at: those of its weights, and of what it reads. `float` leaves that side as it is. */
export interface Widths {
  readonly weights: QuantizeSettings['weights'];
  readonly activations: QuantizeSettings['activations'];
}

export interface AnalyzeRequest {
  /** Name of an entry of `methods` (index.ts). */
  readonly method: string;
  /** Name of an entry of `metrics` (index.ts). */
  readonly metric: string;
  /** Every layer is tried at each of these; at least one, none with both sides in float. */
  readonly widths: readonly Widths[];
  /** Labels of layers to try; absent: all that can be. */
  readonly layers?: readonly string[];
  /** The pictures that are measured; those that ranges come from belong to the plan. */
  readonly dataset: Dataset;
  /** Only the samples of part `index` (from 0) of `of` equal parts. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** For the metric `task`. */
  readonly task: Task;
  readonly decode?: DataSource['decode'];
  readonly match?: DataSource['match'];
  /** Names all that the figures depend on, but for method, metric, widths and shard: kept in the part. */
  readonly content?: string;
  /** Measures nothing, and only tells what it would cost. */
  readonly onlyEstimate?: boolean;
  /** Told what it is going to cost, before it begins. */
  readonly estimated?: (estimate: Estimate) => void;
  /** Told from time to time what has been measured, once there is something: rows may be of different lengths, those of layers to come empty. */
  readonly soFar?: (part: AnalysisPart) => void;
  /** Bytes of activations and pictures that may be held at once; 256 MiB by default. */
  readonly memory?: number;
}

export interface AnalyzeDependencies {
  readonly runtime: Runtime;
  readonly context: Context;
}

/** What an analysis is going to cost, from a few runs of the model that were timed just before. */
export interface Estimate {
  readonly layers: number;
  readonly samples: number;
  readonly forwardPasses: number;
  readonly seconds: number;
}

/** A layer of the plan: a node with weights, or a product of two activations, that can run on integers. */
export interface LayerInfo {
  readonly name: string;
  readonly op: string;
  /** Weights it reads; 0 for a product of activations. */
  readonly parameters: number;
  /** Multiply-adds for one picture; null while dimensions beside the batch are free. */
  readonly macs: number | null;
}

/** What was measured, picture by picture, of all samples or of one shard. JSON keeps it exactly. */
export interface AnalysisPart {
  readonly kind: 'lathe-analysis';
  readonly version: 1;
  /** Path of the model. */
  readonly model: string;
  /** `content` of the request: parts of one analysis have the same. */
  readonly content: string;
  readonly method: string;
  readonly metric: string;
  /** What the metric `task` turned out to be (`top1`); otherwise the metric again. */
  readonly measure: string;
  readonly setting: MetricSetting;
  readonly widths: readonly Widths[];
  readonly shard: { readonly index: number; readonly of: number };
  readonly layers: readonly LayerInfo[];
  readonly notAnalyzed: readonly { readonly name: string; readonly op: string; readonly reason: string }[];
  /** Positions of the pictures in the dataset, corrupt ones left out. */
  readonly samples: readonly number[];
  /** Rows of the metric: by width, then layer, then picture. */
  readonly rows: readonly (readonly (readonly unknown[])[])[];
  /** Rows of the model that single layers are changed in (float, or all quantized by width): one list for each width, or one. */
  readonly base: readonly (readonly unknown[])[];
  /** Whole runs of the model that one picture takes: those that all widths share, and those of each. Parts of a run count by their multiply-adds. */
  readonly passes: { readonly shared: number; readonly each: number };
  readonly warnings: readonly string[];
}

/** The figures of a part: what the command line prints but for times. */
export interface Analysis {
  readonly method: string;
  readonly metric: string;
  readonly measure: string;
  readonly unit: string;
  readonly better: 'high' | 'low';
  readonly samples: number;
  /** Worst first; of equal figures the layer that comes first in the graph. */
  readonly layers: readonly AnalyzedLayer[];
  /** What the layers' figures are to be compared with. `float`: the model as it came; `quantized`: every layer at these widths. */
  readonly baseline: readonly {
    readonly model: 'float' | 'quantized';
    readonly weights?: Widths['weights'];
    readonly activations?: Widths['activations'];
    readonly value: number | null;
    readonly equal?: true;
  }[];
  readonly notAnalyzed: AnalysisPart['notAnalyzed'];
  readonly forwardPasses: number;
  readonly warnings: readonly string[];
}
