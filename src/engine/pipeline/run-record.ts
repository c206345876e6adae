import type { PlainError, SearchJob } from '../../protocol/job.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import type { InputSettings } from '../data/types.ts';
import type { ReportedData } from '../report/types.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';

export type RunState = 'running' | 'finished' | 'failed' | 'cancelled';

/** `run.json`: all that may differ between two runs of the same recipe (times, machine) stands here and in the log only. */
export interface RunRecord {
  readonly lathe: string;
  state: RunState;
  readonly name: string;
  /** Hash of the recipe with its paths: what `--resume` looks for. */
  readonly recipeKey: string;
  readonly recipe: ResolvedRecipe;
  /** The only step that was asked for. */
  readonly only?: string;
  /** The search that comes first, as it was asked for. */
  readonly search?: SearchJob;
  readonly seed: number;
  /** Of Lathe, Node and the runtime. */
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: { readonly platform: string; readonly arch: string; readonly cpu: string; readonly threads: number };
  /** ISO 8601. */
  readonly started: string;
  ended?: string;
  /** How many processes have worked on it. */
  sessions: number;
  /** sha256 of the models: what went in by its absolute path, what came out by its path inside the run folder. */
  readonly hashes: Record<string, string>;
  /** What pictures served what. */
  data: ReportedData[];
  /** How pictures became the model's input. */
  input?: InputSettings;
  /** By stage: time that passed, and processor time of all threads; what a killed process had begun is not in it. */
  readonly timings: Record<string, { readonly seconds: number; readonly cpuSeconds: number }>;
  /** Of the largest of its processes. */
  peakRssBytes: number;
  readonly warnings: string[];
  error?: PlainError;
  result?: RunDocument;
}
