import type { LayerHistogram } from '../evaluate/layer-sums.ts';
import type { Deployment } from '../../protocol/deployments.ts';
import type { Shape } from '../../protocol/results/common.ts';
import type { ComparedOutput } from '../../protocol/results/compare.ts';
import type { CodedLayer, RunDocument } from '../../protocol/results/run.ts';
import type { PruningHistory } from '../../protocol/rounds-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';

/** What a report is made of: plain data, all of it from a run folder's files. The report computes nothing but sums and pictures. */
export interface ReportData {
  /** The run's name: "resnet20". */
  readonly name: string;
  /** ISO 8601. */
  readonly started: string;
  readonly ended?: string;
  /** `run.json`'s result: models, metrics, steps, notes, warnings. */
  readonly result: RunDocument;
  readonly target: string;
  readonly task: string;
  readonly seed: number;
  /** `recipe.resolved.yaml`, shown as it is. */
  readonly recipe: string;
  /** What pictures served what. */
  readonly data: readonly ReportedData[];
  /** How pictures became the model's input, as data/types.ts has it; absent when none were read. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** How ranges of activations were found: "minmax". */
  readonly estimators?: readonly string[];
  /** Rows of `layers.json`, in execution order. */
  readonly layers: readonly ReportedLayer[];
  /** From the comparison of the first and the last model. */
  readonly outputs?: readonly ComparedOutput[];
  /** How the trainings went, thinned. */
  readonly trainings?: readonly TrainingCurve[];
  /** Rounds of pruning. */
  readonly prunings?: readonly PruningHistory[];
  /** What was measured on boards with its result. */
  readonly deployments?: readonly Deployment[];
  /** Pictures that the layers were compared on. */
  readonly comparedSamples?: number;
  /** Processor, threads, vector extensions: latency and fused results belong to it. */
  readonly machine: Readonly<Record<string, string | number>>;
  /** Of Lathe, Node and the runtime. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface ReportedData {
  readonly use: 'calibration' | 'test' | 'train' | 'validation';
  readonly path: string;
  readonly samples: number;
  /** `folders`, a label file, "pairs" …; absent: none. */
  readonly labels?: string;
  readonly fingerprint?: string;
}

export interface ReportedLayer {
  readonly name: string;
  readonly op: string;
  readonly outputShape?: Shape | null;
  readonly parameters?: number;
  readonly macs?: number | null;
  readonly weights?: {
    readonly bits: number;
    readonly format?: 'ternary' | 'binary';
    readonly type: string;
    readonly granularity: string;
    /** dB; null where rounding changed nothing. */
    readonly sqnr: number | null;
    readonly saturation?: string;
  } | null;
  readonly input?: ReportedRange | null;
  readonly output?: ReportedRange | null;
  /** Error of the layer's output over its variance: each weight rounded to nearest, and rounded as it was. Only for `round: layer`. */
  readonly loss?: { readonly before: number; readonly after: number };
  /** Why the layer stayed float. */
  readonly notQuantized?: string;
  /** Against the first model, on real pictures. */
  readonly error?: {
    /** null beside `equal`. */
    readonly sqnrDb: number | null;
    readonly equal?: boolean;
    readonly cosine: number;
    readonly maxAbs: number;
    readonly meanShift: number;
  };
  readonly histogram?: LayerHistogram;
  /** What its weights take where they are stored compressed; where some are zero or shared. */
  readonly coded?: CodedLayer;
}

/** How an activation was mapped to integers. */
export interface ReportedRange {
  readonly type: string;
  /** Fewer than the type has where the integers are cut off before. */
  readonly bits?: number;
  readonly low: number;
  readonly high: number;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Extremes among the calibration pictures. */
  readonly observed: { readonly low: number; readonly high: number } | null;
}

export type { LayerHistogram };
