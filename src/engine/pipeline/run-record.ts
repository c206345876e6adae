import type { PlainError } from '../../protocol/job.ts';
import type { RunDocument } from '../../protocol/results.ts';
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
  readonly seed: number;
  readonly versions: { readonly lathe: string; readonly node: string; runtime?: string };
  readonly machine: { readonly platform: string; readonly arch: string; readonly cpu: string; readonly threads: number };
  /** ISO 8601. */
  readonly started: string;
  ended?: string;
  /** How many processes have worked on it. */
  sessions: number;
  /** sha256 of what went in and came out, by path inside the run folder or absolute. */
  hashes: Record<string, string>;
  /** Seconds by stage; a resumed run adds up. */
  timings: Record<string, number>;
  peakRssBytes: number;
  error?: PlainError;
  result?: RunDocument;
}
