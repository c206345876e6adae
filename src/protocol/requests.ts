import type { DataSource, InputDeclaration } from '../engine/data/source.ts';
import type { ResolvedRecipe } from '../engine/recipe/types.ts';

/* What several kinds of jobs are given. */

/** Part `index` of `of` equal parts of the data, from 0. */
export interface Shard {
  index: number;
  of: number;
}

/** Pictures for a job that has no recipe. */
export interface DataRequest {
  /** Its path is absolute or relative to `folder`. */
  source: DataSource;
  /** Where relative paths begin and label files are looked for first; absolute. */
  folder: string;
  /** Missing settings come from the model's own metadata. */
  input?: InputDeclaration | Record<string, InputDeclaration>;
}

/** A recipe ready to run; its text with what the command line sets over it (`{ 'steps.0.quantize.weights': 4 }`); or that of a run. */
export type RecipeRequest =
  | { resolved: ResolvedRecipe }
  /** `file` is absolute; `runs` is where run folders go when the recipe does not say. */
  | { text: string; file: string; runs: string; overrides?: Record<string, unknown> }
  /** A run folder: that run is continued. */
  | { run: string };
