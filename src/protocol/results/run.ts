import type { ChainPlan } from './chain.ts';
import type { PruningRound } from '../pruning.ts';
import type { TrainingOutcome } from '../training.ts';
import type { Figure, Measurement, NotQuantized } from './common.ts';
import type { SearchSummary } from './search.ts';

export interface ModelSummary {
  /** Absolute. */
  path: string;
  /** `exported`: the output in another container. */
  role: 'input' | 'intermediate' | 'output' | 'exported';
  /** Its alias, where the recipe has several models. */
  on?: string;
  bytes: number;
  /** What the weights would take if each had only the bits it uses, headers and graph included. */
  packedBytes: number;
  parameters: number;
  macs: number | null;
  weightBits: number | null;
  activationBits: number | null;
  /** Part of the weights of convolutions and products with a matrix that is zero, integers that stand for zero among them. */
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

/** One way to compress the models of a chain, measured on the test pictures. */
export interface ComparedWay {
  /** "each alone with QAT, together". */
  title: string;
  packedBytes: number;
  metrics: Measurement;
}

export interface GateVerdict {
  /** Allowed loss, in the metric's own unit. */
  drop: number;
  /** Measured loss; positive is worse. */
  measured: Figure;
  /** Limits of boxes, where the recipe has some: found no longer, and false ones. */
  lostBoxes?: { allowed: number; measured: number };
  falseBoxes?: { allowed: number; measured: number };
  /** All of them. */
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
  /** `compare` of a joint step: the float chain, each model alone, jointly. */
  ways?: ComparedWay[];
  /** Of a recipe whose models run one after another: how the result runs on its target. */
  chain?: ChainPlan;
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

/** `lathe search`: the run of the recipe that was found. `recipe` is that recipe. */
export interface SearchDocument extends RunDocument {
  search: SearchSummary;
}
