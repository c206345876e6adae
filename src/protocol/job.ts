import type { NewModelSettings } from '../engine/architectures/settings.ts';
import type { Preview } from '../engine/data/preview.ts';
import type { InputDeclaration } from '../engine/data/source.ts';
import type { ModelInput } from '../engine/data/types.ts';
import type { BoardJob, CheckJob, CompileJob, DeployJob, ImportJob } from './board-jobs.ts';
import type { DataRequest, RecipeRequest, Shard } from './requests.ts';
import type { Task } from '../engine/recipe/types.ts';
import type { AnalyzeDocument, FiguresDocument } from './results/analyze.ts';
import type { BoardDocument, CheckDocument, CompileDocument, DeployDocument, ImportDocument, ToolFinding } from './results/board.ts';
import type { ChannelsDocument } from './results/channels.ts';
import type { Width } from './results/common.ts';
import type { CompareDocument } from './results/compare.ts';
import type { EvaluateDocument } from './results/evaluate.ts';
import type { FileDocument, NewDocument } from './results/file.ts';
import type { InspectDocument } from './results/inspect.ts';
import type { PruningSensitivityDocument } from './results/prune.ts';
import type { RunDocument, SearchDocument } from './results/run.ts';
import type { PruningProfile } from './pruning.ts';
import type { PruningHistory } from './rounds-layout.ts';
import type { TrainingCurve } from './training.ts';

export type { BoardJob, CheckJob, CompileJob, DeployJob, ImportJob } from './board-jobs.ts';
export type { DataRequest, RecipeRequest, Shard } from './requests.ts';

export interface RunJob {
  kind: 'run';
  recipe: RecipeRequest;
  /** Continue the newest unfinished, unlocked run of the same recipe, or start one. */
  resume?: boolean;
  /** Run only this step (`quantize`), or the one at this position (`0`). */
  only?: string;
  /** Calibrate on one part of the pictures and write what was gathered instead of a model. */
  shard?: Shard;
}

/**
 * What a search may spend. `bytes`: packed size of all weights; `macs`: multiply-adds, which only channels that go save; `bit-operations`: multiply-adds × bits of weights × bits of activations;
 * `latency`: measured here, in milliseconds; `drop`: allowed loss of the metric, in its own unit, for the fewest bytes. `percent`: `value` is
 * a share of what the model takes with every layer at 8 bits (not for `drop`).
 */
export interface SearchBudget {
  kind: 'bytes' | 'macs' | 'bit-operations' | 'latency' | 'drop';
  value: number;
  percent?: boolean;
}

/** Mixed precision: a width for each layer of the recipe's quantize step, then a run of the recipe with these widths. */
export interface SearchJob {
  kind: 'search';
  /** Its first step is quantize, `method: static`, or prune before it. Widths that its `layers` fix stay as they are. */
  recipe: RecipeRequest;
  budget: SearchBudget;
  /** Name of an entry of engine/search/methods. */
  method: string;
  /** Widths of weights that layers may get; by default all that the target takes, of 2, 3, 4, 6, 8 and float. */
  widths?: (number | 'float')[];
  /** Parts of its channels that a model may lose, where the recipe's first step is prune. */
  ratios?: number[];
  /** Where the found recipe goes; absolute. By default into the run folder. */
  output?: string;
  /** Continue the newest unfinished search of the same recipe and settings, or start one. */
  resume?: boolean;
}

/** Widths that layers are tried at; `float` leaves that side as it is. */
export interface TriedWidths {
  weights: Width;
  activations: number | 'float';
}

/** What quantizing single layers does. */
export interface AnalyzeJob {
  kind: 'analyze';
  /** One step: quantize, `method: static`. Its widths do not matter, all else does. */
  recipe: RecipeRequest;
  /** Names of entries of engine/sensitivity: method and metric. */
  method: string;
  metric: string;
  /** At least one. */
  widths: TriedWidths[];
  /** Labels of layers; absent: all. */
  layers?: string[];
  /** Pictures that are measured, at most; those of the recipe's `validation`, else `test`, else `calibration`. A count in the recipe goes before. */
  samples?: number;
  shard?: Shard;
  /** Where a sharded job's part goes, or the whole analysis picture by picture; absolute. */
  output?: string;
  /** Folder that keeps results for the next time; absolute. Absent: none are kept. */
  cache?: string;
  /** Files to write the figures to, absolute: Lathe's overlay, Netron's metadata attachment, node data of Model Explorer. */
  overlay?: string;
  netron?: string;
  modelExplorer?: string;
  /** Only says what it would cost. */
  dryRun?: boolean;
}

/** One layer of a model channel by channel. */
export interface ChannelsJob {
  kind: 'channels';
  /** As for `analyze`. */
  recipe: RecipeRequest;
  layer: string;
  widths: TriedWidths;
  samples?: number;
}

export interface EvaluateJob {
  kind: 'evaluate';
  /** Absolute path. */
  model: string;
  /** A second model for the paired difference, or the float model for agreement where there are no labels. */
  against?: string;
  task: Task;
  data: DataRequest;
  seed: number;
  /** Time single pictures as well; `runs` after `warmUp`. Not for a target that is simulated. */
  latency?: { runs: number; warmUp: number };
  /** Whose arithmetic a quantized model is measured in; absent: this machine's kernels. */
  target?: string;
  shard?: Shard;
  /** Where a sharded job's part goes; absolute. */
  output?: string;
  /** Folder to write pictures to: what is fed, what passes between the models of a chain, what is found; absolute. */
  pictures?: string;
}

export interface CompareJob {
  kind: 'compare';
  a: string;
  b: string;
  /** Without data only structure and sizes are compared. */
  data?: DataRequest;
  seed: number;
  /** Most pictures that are run; all by default. */
  samples?: number;
  /** How each layer's outputs lie in both models as well. */
  outputs?: boolean;
}

/** Figures of layers that follow from the values of their weights: rounding error, sparsity, pruned channels. */
export interface WeightsJob {
  kind: 'weights';
  /** Absolute path. */
  model: string;
}

/** What removing channels of single groups does. */
export interface PruningSensitivityJob {
  kind: 'pruning-sensitivity';
  /** One step: prune. Its goals do not matter, its criterion and limits do. */
  recipe: RecipeRequest;
  /** `task` needs pictures that fit a metric of the recipe's task. */
  metric: 'sqnr' | 'task';
  /** Parts of the channels to remove, between 0 and 1. */
  parts: number[];
  /** Part of the multiply-adds that the suggestion is to leave. */
  macs: number;
  /** Names of layers whose groups are looked at; absent: all. */
  layers?: string[];
  /** Pictures that are measured, at most. A count in the recipe goes before. */
  samples?: number;
  /** File to write the figures to as an overlay; absolute. */
  overlay?: string;
}

/** What a model would cost with fewer channels, and what its channels matter by their weights. Nothing is run. */
export interface PruningPreviewJob {
  kind: 'pruning-preview';
  /** Absolute path. */
  model: string;
  /** Name of a criterion that looks at weights alone. */
  criterion?: string;
}

/** Time by layer, from ONNX Runtime's own profile on this machine. */
export interface ProfileJob {
  kind: 'profile';
  /** Absolute path. */
  model: string;
  /** Counted ones; fewer where the model is large or slow. */
  runs: number;
  warmUp: number;
  /** Sizes of inputs with free dimensions beside the batch. */
  shapes?: Record<string, number[]>;
}

export interface InspectJob {
  kind: 'inspect';
  model: string;
  /** Dimensions to bind, by input name. */
  shapes?: Record<string, number[]>;
  weights?: boolean;
  hash?: boolean;
}

export interface ReportJob {
  kind: 'report';
  /** Run folders. */
  runs: string[];
  /** Absolute path of the HTML file, of several runs a `.csv` too; by default `report.html` in the run folder, for several beside their folders. */
  output?: string;
}

export interface MergeJob {
  kind: 'merge';
  /** Files of a sharded job's parts; at least one. */
  parts: string[];
  /** Where the merged figures go (by default beside the first part), or one more copy of the model. */
  output?: string;
}

/** A model written as another container. */
export interface ExportJob {
  kind: 'export';
  model: string;
  /** Name of the format: `xmodel`, `onnx`. */
  format: string;
  /** Absolute path of the file; by default beside the model. */
  output?: string;
}

/** The models of a recipe's chain as one file; of a recipe of one model that model. */
export interface ComposeJob {
  kind: 'compose';
  recipe: RecipeRequest;
  /** Absolute path of one more copy; by default the file is only kept beside the run folders, where every job on the recipe finds it. */
  output?: string;
}

/** An untrained model of a named architecture. */
export interface NewModelJob {
  kind: 'new';
  settings: NewModelSettings;
  /** Absolute path of the file. */
  output: string;
}

/** A few pictures as a model would get them, for a check by eye. */
export interface PreviewJob {
  kind: 'preview';
  /** Absolute paths of picture files. */
  files: string[];
  /** Colour, resize and crop; scale, mean and std are not applied. */
  input: InputDeclaration;
  modelInput: ModelInput;
}

/** Everything that runs in a process of its own. Plain data. */
export type Job =
  | RunJob
  | SearchJob
  | AnalyzeJob
  | ChannelsJob
  | WeightsJob
  | ProfileJob
  | PruningPreviewJob
  | PruningSensitivityJob
  | EvaluateJob
  | CompareJob
  | InspectJob
  | ReportJob
  | MergeJob
  | ExportJob
  | CheckJob
  | CompileJob
  | DeployJob
  | BoardJob
  | ImportJob
  | ComposeJob
  | NewModelJob
  | PreviewJob;

/** What each kind of job answers. */
export interface JobResults {
  run: RunDocument | FileDocument;
  search: SearchDocument;
  analyze: AnalyzeDocument | FileDocument;
  channels: ChannelsDocument;
  weights: FiguresDocument;
  profile: FiguresDocument;
  'pruning-preview': PruningProfile;
  'pruning-sensitivity': PruningSensitivityDocument;
  evaluate: EvaluateDocument | FileDocument;
  compare: CompareDocument;
  inspect: InspectDocument;
  report: FileDocument;
  /** With the figures, where the parts were of an evaluation or an analysis. */
  merge: FileDocument & (Partial<EvaluateDocument> | Partial<AnalyzeDocument>);
  export: FileDocument;
  check: CheckDocument;
  compile: CompileDocument;
  deploy: DeployDocument[];
  board: BoardDocument;
  import: ImportDocument;
  compose: FileDocument;
  new: NewDocument;
  preview: Preview[];
}

export type JobResult<J extends Job = Job> = JobResults[J['kind']];

/** What a job knows before it has ended, each time the whole of it: one of these, by the kind of job. */
export interface PartialResult {
  /** Layers that have been measured at least on some pictures. */
  analyze?: AnalyzeDocument;
  /** Of a run: how its trainings go, in the order in which they began; each of some hundred points. */
  training?: readonly TrainingCurve[];
  /** Of a compiler or a board: what the tools have said, also when the job fails then. */
  findings?: readonly ToolFinding[];
  /** Of a run: the rounds of its steps that prune, in the order in which they began. */
  pruning?: readonly PruningHistory[];
}

export interface JobProgress {
  /** For people: "calibrate", "evaluate quantized". */
  phase: string;
  done: number;
  total: number;
  /** "pictures", "layers". */
  unit: string;
  /** Share of the whole job that is done, 0 to 1; never falls. */
  fraction: number;
  /** Time left for the whole job; undefined until there is a measured rate. */
  secondsLeft?: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  level: LogLevel;
  message: string;
  data?: Record<string, unknown>;
}

/** A LatheError as plain data. */
export interface PlainError {
  code: string;
  message: string;
  exitCode: 1 | 2 | 3 | 130;
  file?: string;
  node?: string;
  line?: number;
  column?: number;
  offset?: number;
  hint?: string;
  /** Only for errors that nobody threw on purpose. */
  stack?: string;
}

/** From the host to the worker process. */
export type WorkerRequest = { type: 'start'; job: Job; threads: number; memory?: number } | { type: 'cancel' };

/** From the worker process to its host. */
export type WorkerReply =
  | { type: 'ready' }
  | ({ type: 'progress' } & JobProgress)
  | ({ type: 'log' } & LogLine)
  /** Where a run keeps its results, as soon as it is known: what to name when the process dies. */
  | { type: 'run-folder'; folder: string }
  /** At most about once a second. */
  | { type: 'partial'; partial: PartialResult }
  | { type: 'result'; result: JobResult }
  | { type: 'error'; error: PlainError };
