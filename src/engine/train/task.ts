import type { TrainingCurve } from '../../protocol/training.ts';
import type { Checkpoints } from '../base/checkpoint.ts';
import type { Context } from '../base/context.ts';
import type { Batch, BatchSource } from '../data/batches.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { TeacherValues, WeightedLoss } from './losses/loss.ts';
import type { Parameter } from './parameters.ts';
import type { TrainingSettings } from './settings.ts';

/** Answers that losses compare the network's with. */
export interface Teacher {
  /** With shapes for one batch. */
  readonly values: TeacherValues;
  /** By name of the value. */
  answers(batch: Batch): Promise<Readonly<Record<string, RuntimeTensor>>>;
  dispose(): Promise<void>;
}

/** Where a training stands. */
export interface Place {
  /** Steps done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

/** Holds parameters in a set: positive scales, masks, a partition that is done. One file each. */
export interface Constraint extends Checkpoint {
  /** After every step; `step: 0` before the first. Changes the flat vector in place. */
  apply(parameters: Float32Array, place: Place): void;
}

/** What a model is worth on validation pictures. */
export interface ValidationScore {
  readonly metric: string;
  readonly unit: string;
  readonly better: 'high' | 'low';
  readonly value: number;
  /** A finer measure: mean over the pictures, lower is better. */
  readonly loss?: number;
  /** What it is compared with others by. Plain data, picture by picture in one order. */
  readonly pictures?: { readonly rows: readonly unknown[]; readonly losses?: readonly number[] };
}

export interface TrainingTask {
  /** Title of the step, for curve and messages. */
  readonly name: string;
  /** Forward model (opset 21, weights loaded, shapes static but for the batch). Its weights are those of the best epoch in the end. */
  readonly model: Model;
  /** By default all that can be trained but what is frozen. */
  readonly parameters?: readonly Parameter[];
  readonly settings: TrainingSettings;
  readonly losses: readonly WeightedLoss[];
  readonly batches: BatchSource;
  readonly teacher?: Teacher;
  /** `training`: by the batch's own statistics, the stored ones follow; `frozen`: by the stored ones. */
  readonly batchNormalization: 'training' | 'frozen';
  /** Before the first step and after each epoch, with a copy of the model; absent: the last epoch's weights are kept. */
  readonly validate?: (model: Model) => Promise<ValidationScore>;
  /** Whether a score is better than the best until then; by default by its value. */
  readonly isBetter?: (score: ValidationScore, best: ValidationScore) => boolean;
  readonly constraints?: readonly Constraint[];
  /** Pace of a parameter relative to the rest; by default 1, and weight decay where `decays`. */
  readonly pace?: (parameter: Parameter) => { readonly rate?: number; readonly decay?: number };
  /** Told after every step; the same object grows. */
  readonly watch?: (curve: TrainingCurve) => void;
}

/** What a job may take. */
export interface MemoryLimit {
  /** Bytes. */
  readonly bytes: number;
  /** Of this user's wish, and to be kept; or what the machine seems to have, where other programs may give some back. */
  readonly kind: 'limit' | 'free';
}

export interface TrainDependencies {
  readonly runtime: Runtime;
  readonly context: Context;
  /** Bound to the task's inputs. A killed training goes on from the newest one, bit for bit. */
  readonly checkpoints?: Checkpoints;
  /** What there is for it; absent: not looked at. */
  readonly memory?: MemoryLimit;
}

export interface TrainingResult {
  readonly curve: TrainingCurve;
  /** In sentences. */
  readonly notes: readonly string[];
}
