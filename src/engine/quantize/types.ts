import type { Checkpoints } from '../base/checkpoint.ts';
import type { Context } from '../base/context.ts';
import type { Dataset, InputSettings } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { TargetLimits } from '../targets/limits.ts';
import type { QuantizeSettings } from './step.ts';

/** What differs for one layer: keys of the step that carry `layer: true`, or `quantize: false`. */
export type LayerSettings = Readonly<Record<string, unknown>>;

export interface QuantizeRequest {
  /** All defaults filled in. */
  readonly settings: QuantizeSettings;
  /** By layer name. */
  readonly layers: Readonly<Record<string, LayerSettings>>;
  readonly target: TargetLimits;
}

export interface QuantizeDependencies {
  readonly runtime: Runtime;
  readonly context: Context;
  /** Calibration pictures: for `method: static` only. */
  readonly dataset?: Dataset;
  /** How pictures become the model's input: for `statistics: batch-norm`, which sees none. */
  readonly input?: InputSettings;
  /** Keeps what calibration has gathered, every so many pictures, so that a killed run continues. Bound to model, settings and data. */
  readonly checkpoints?: Checkpoints;
}

/** How one tensor was mapped to integers. Plain data, for reports. */
export interface SchemeRow {
  readonly type: 'int8' | 'uint8' | 'int16' | 'uint16';
  /** Of them used: 2 to 8, or 16. */
  readonly bits: number;
  /** Real numbers at the ends of the integers. */
  readonly low: number;
  readonly high: number;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Extremes among the calibration pictures; null for constants. */
  readonly observed: { readonly low: number; readonly high: number } | null;
}

/** One quantized layer. Plain data. */
export interface LayerRow {
  readonly name: string;
  readonly op: string;
  /** null: a node without weights (Add, pooling …). */
  readonly weights: {
    /** What one weight needs: 2 for ternary, 1 for binary. */
    readonly bits: number;
    /** Absent: integers. */
    readonly format?: 'ternary' | 'binary';
    /** How many weights. */
    readonly elements: number;
    /** As stored in the file. */
    readonly type: 'int8' | 'uint8' | 'int16' | 'uint16' | 'int4' | 'uint4';
    readonly granularity: 'tensor' | 'channel' | 'block';
    /** Least and greatest of its scales. */
    readonly scales: readonly [number, number];
    /** 10 log10(signal / noise); null where rounding changed nothing. */
    readonly sqnr: number | null;
    /** What keeps sums from saturating on CPUs without VNNI: `none` needed, narrower `scales`, or `uint8` weights. */
    readonly saturation: 'none' | 'scales' | 'uint8';
  } | null;
  /**
   * Mean squared error of what it makes of the quantized model's activations, against the float model on the calibration pictures, over its
   * variance: with each weight rounded to nearest, and by layer. Only for `round: layer` and `block`.
   */
  readonly loss?: { readonly before: number; readonly after: number };
  readonly input: SchemeRow | null;
  readonly output: SchemeRow | null;
}

export interface NotQuantized {
  readonly name: string;
  readonly op: string;
  readonly reason: string;
}

export interface QuantizeResult {
  /** The model given, changed in place. */
  readonly model: Model;
  readonly layers: readonly LayerRow[];
  readonly notQuantized: readonly NotQuantized[];
  /** What was done beyond the obvious, in sentences: opset raised, nodes folded, ReLUs kept … */
  readonly notes: readonly string[];
}
