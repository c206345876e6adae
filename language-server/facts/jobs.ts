import type { DataPlace } from '../../src/engine/recipe/facts/data.ts';
import type { DataFacts, ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import type { PruningProfile } from '../../src/protocol/pruning.ts';
import type { Figures, FoundWidths, LastRun } from '../service/facts.ts';
import type { RecipeSymbol } from '../service/workspace-symbols.ts';

/** What is read for the service, away from the thread that answers the editor. Plain data. */
export type Job =
  /** From a light scan or the cache on disk; the hash of a large file is left to `details`. */
  | ModelJob<'model'>
  /** The same with the hash of the contents, however long that takes. */
  | ModelJob<'details'>
  | ModelJob<'pruning'>
  | { readonly kind: 'data'; readonly place: DataPlace }
  | FiguresJob
  | LastRunJob
  | { readonly kind: 'outline'; readonly file: string }
  | { readonly kind: 'workspace'; readonly folders: readonly string[]; readonly ownFilesOnly?: boolean };

export interface ModelJob<Kind> {
  readonly kind: Kind;
  readonly file: string;
  /** Folder on disk where facts are kept. */
  readonly cache?: string;
  readonly ownFilesOnly?: boolean;
}

export interface FiguresJob {
  readonly kind: 'figures';
  /** The model's file. */
  readonly file: string;
  /** Of its contents as they are; absent where that is not known yet. */
  readonly sha256?: string;
  /** Folders of run folders. */
  readonly runs: readonly string[];
  /** Where the editor keeps its analyses. */
  readonly analyses?: string;
}

export interface LastRunJob {
  readonly kind: 'last-run';
  /** The recipe's file. */
  readonly file: string;
  /** Folder of run folders, where the recipe names none. */
  readonly runs: string;
  /** The recipe is not opened: only the folder of runs is looked at. */
  readonly ownFilesOnly?: boolean;
}

/** Files of a workspace that recipes are about: absolute, sorted. */
export interface WorkspaceFiles {
  readonly recipes: readonly string[];
  readonly models: readonly string[];
}

/** The folder of runs that was looked at, and the newest finished one of the recipe. */
export interface FoundRun {
  readonly runs: string;
  readonly run?: LastRun;
  readonly widths?: FoundWidths;
}

export interface Answers {
  model: ModelFacts;
  details: ModelFacts;
  pruning: PruningProfile;
  data: DataFacts;
  figures: readonly Figures[];
  'last-run': FoundRun;
  outline: readonly RecipeSymbol[];
  workspace: WorkspaceFiles;
}

/** Files that an answer came from, with what they looked like: where one looks otherwise the answer may be another one. */
export type Stamps = Readonly<Record<string, string>>;

export type Answer<Kind extends Job['kind'] = Job['kind']> = { readonly stamps: Stamps } & (
  { readonly value: Answers[Kind] } | { readonly problem: { readonly code: string; readonly message: string } }
);

export type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>;

/** Does jobs one after another, and never throws for what is in a file. */
export interface Reader {
  read<Kind extends Job['kind']>(job: JobOf<Kind>): Promise<Answer<Kind>>;
  dispose(): Promise<void>;
}
