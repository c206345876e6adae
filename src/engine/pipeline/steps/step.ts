import type { Checkpoints } from '../../base/checkpoint.ts';
import type { Context } from '../../base/context.ts';
import type { DecodeDeclaration } from '../../data/source.ts';
import type { Dataset, InputSettings } from '../../data/types.ts';
import type { Model } from '../../onnx/graph.ts';
import type { ResolvedRecipe, ResolvedStep } from '../../recipe/types.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { PruningRound } from '../../../protocol/pruning.ts';
import type { Trial } from '../../../protocol/results/run.ts';
import type { SearchSummary } from '../../../protocol/results/search.ts';
import type { TrainingCurve } from '../../../protocol/training.ts';

export interface StepRequest {
  /** To be changed in place, or replaced by another one in the outcome. */
  readonly model: Model;
  readonly step: ResolvedStep;
  readonly recipe: ResolvedRecipe;
  /** Pictures by their use, where the recipe has them. */
  readonly data: StepData;
  readonly runtime: Runtime;
  readonly context: Context;
  /** Bound to this step's inputs. */
  readonly checkpoints: Checkpoints;
  /** A piece of the step, of plain data, kept in the run folder: not computed again by a process that continues the run. */
  readonly piece: <T>(name: string, parts: unknown, work: () => Promise<T>) => Promise<T>;
  /** A piece that makes a model: kept beside it, and read again with it. */
  readonly modelPiece: <T>(name: string, parts: unknown, work: () => Promise<ModelPiece<T>>) => Promise<ModelPiece<T>>;
  /** What this step's model came from, oldest first: the recipe's model, then each earlier step's result. The last one is `model` as it was read. */
  readonly ancestors: readonly Ancestor[];
  /** The newest state of each of the recipe's models by alias; none in a recipe of one model. */
  readonly models: ReadonlyMap<string, Pick<Ancestor, 'load'>>;
  /** Told as a training goes on. */
  readonly watch?: (curve: TrainingCurve) => void;
  /** Told after each round of pruning: all until then. */
  readonly watchRounds?: (rounds: readonly PruningRound[]) => void;
}

/** A model on the way, and what is to be remembered of it: plain data. */
export interface ModelPiece<T> {
  readonly model: Model;
  readonly value: T;
}

/** A model on the way to this step. */
export interface Ancestor {
  /** The step that made it, with its settings; absent: the recipe's own model. */
  readonly step?: ResolvedStep;
  /** Read anew each time: may be changed. */
  load(): Promise<Model>;
}

export interface StepData {
  readonly train?: Dataset;
  readonly calibration?: Dataset;
  /** For steps that choose: in none of the others. */
  readonly validation?: Dataset;
  /** How pictures become the model's input, where the recipe or the model says so. */
  readonly settings?: InputSettings;
  /** How the outputs become boxes, where the recipe says so. */
  readonly decode?: DecodeDeclaration;
}

/** One row of `layers.json`: plain data, `name` is the layer's in the recipe's model. */
export interface LayerRow {
  readonly name: string;
  readonly op: string;
  readonly [figure: string]: unknown;
}

/** What a step did, as plain data: it is kept in the run folder. */
export interface StepReport {
  readonly layers: readonly LayerRow[];
  readonly notQuantized: readonly { readonly name: string; readonly op: string; readonly reason: string }[];
  /** What was done beyond the obvious, in sentences. */
  readonly notes: readonly string[];
  /** For `metadata_props`: "static int8 …"; what readers of the file should know. */
  readonly scheme: string;
  /** Ways that were tried, in order. */
  readonly trials?: readonly Trial[];
  /** How a training went. */
  readonly training?: TrainingCurve;
  /** How a budget was shared out first. */
  readonly search?: SearchSummary;
  /** Of pruning, with the model as it was first. */
  readonly rounds?: readonly PruningRound[];
  /**
   * Width of each layer's weights, how many they are, and the width of what it reads, by layer name; layers that are not named are float.
   */
  readonly bits: Readonly<Record<string, { readonly weights?: number; readonly elements?: number; readonly activations?: number }>>;
}

/** A model that the step's result is compared with. */
export interface RivalModel {
  /** "each alone with QAT, together". */
  readonly title: string;
  readonly model: Model;
  readonly bits: StepReport['bits'];
}

export interface StepOutcome {
  readonly model: Model;
  readonly report: StepReport;
  /** Written beside the result and measured as it is. */
  readonly rivals?: readonly RivalModel[];
}

/** Runs one kind of step. A new one is one file here and a line in `index.ts`; its settings are declared in its own room. */
export interface StepRunner {
  /** Name of the step's declaration. */
  readonly name: string;
  /** Whether it looks at training pictures. */
  readonly learns?: boolean;
  /** Whether it chooses by measuring: then it gets validation pictures, which leave the others. */
  readonly chooses?: boolean;
  /** Guessed work, in runs of the model on one picture, and the phases it reports with their shares. */
  plan(step: ResolvedStep, data: StepData): { readonly pictures: number; readonly phases?: Readonly<Record<string, number>> };
  /** How many models its result will be compared with. */
  rivals?(step: ResolvedStep, model: Model): number;
  run(request: StepRequest): Promise<StepOutcome>;
}
