import type { DataFacts, Known, ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import type { Entry } from '../../src/engine/recipe/plan-layers.ts';
import type { PruningProfile } from '../../src/protocol/pruning.ts';
import type { RecipeSymbol } from './workspace-symbols.ts';

/** Measured error of one layer. */
export interface LayerFigure {
  readonly name: string;
  readonly value: number | null;
  /** Where on the scale of all layers it lies: 0 best, 1 worst. */
  readonly rank: number;
}

/** One measurement of a model, layer by layer: an analysis, or a run. */
export interface Figures {
  /** "SQNR, weights 4, activations 8, 256 pictures". */
  readonly title: string;
  readonly unit: string;
  readonly better: 'high' | 'low';
  readonly layers: readonly LayerFigure[];
  /** ISO 8601. */
  readonly measured: string;
  /** Widths that were measured, where it was about widths. */
  readonly weights?: number | string;
  readonly activations?: number | string;
  /** Why it is not of the model as it is now: "the model has changed since". Absent: fresh. */
  readonly stale?: string;
  /** Where it came from: a run folder, absolute; absent for an analysis. */
  readonly run?: string;
}

/** The last finished run of a recipe. */
export interface LastRun {
  /** Absolute folder. */
  readonly folder: string;
  readonly finished: string;
  /** "top-1 91.5 → 91.3 %, 1.1 MB → 0.31 MB". */
  readonly summary: string;
  /** Why it is not of the recipe as it is now; absent: same steps, same model. */
  readonly stale?: string;
}

/** `layers` of a recipe that a search wrote. */
export interface FoundWidths {
  /** Folder of the run, absolute. */
  readonly folder: string;
  /** "search knapsack, bytes 50 %, quantize". */
  readonly title: string;
  readonly entries: readonly Entry[];
}

/**
 * What the service knows of the world outside the text. Answers at once from what is in memory; what is not is read in the background, and
 * `onDidChange` fires when it is there. Nothing outside the workspace's folders is read while they are not trusted, and no network path.
 */
export interface Facts {
  /** A model by absolute path. */
  model(file: string): Known<ModelFacts>;
  /** What widths of its channel groups cost, for recipes that prune; `ModelFacts.pruning` is left out there, for it takes long and is large. */
  pruning(modelFile: string): Known<PruningProfile>;
  /** A data source: absolute path, labels as written; label files are looked for in `folder`, the recipe's, first. */
  data(path: string, labels?: string, folder?: string): Known<DataFacts>;
  /** Names in a folder, folders with "/" at their end, sorted. */
  folder(path: string): Known<readonly string[]>;
  /** What was measured of a model, newest first. */
  figures(modelFile: string): readonly Figures[];
  lastRun(recipeFile: string): LastRun | undefined;
  /** Where the models of a recipe's chain lie as one, or would, absolute; undefined while it is not known where its runs lie. */
  composed(recipeFile: string): string | undefined;
  /** What the newest finished search for a recipe found. */
  foundWidths(recipeFile: string): FoundWidths | undefined;
  /** Recipes of the workspace, absolute paths, sorted. */
  recipes(): readonly string[];
  /** Names in a recipe's file, absolute path. */
  outline(recipeFile: string): Known<readonly RecipeSymbol[]>;
  /** Models of the workspace, absolute paths, sorted. */
  models(): readonly string[];
  /** Main memory of the machine in bytes; absent: not known. */
  readonly memory?: number;
  /** Fires with what changed, absolute path. */
  onDidChange(listener: (path: string) => void): { dispose(): void };
}

/** Nothing is known of anything. */
export const emptyFacts: Facts = {
  model: () => ({ state: 'reading' }),
  pruning: () => ({ state: 'reading' }),
  data: () => ({ state: 'reading' }),
  folder: () => ({ state: 'reading' }),
  figures: () => [],
  lastRun: () => undefined,
  composed: () => undefined,
  foundWidths: () => undefined,
  recipes: () => [],
  outline: () => ({ state: 'reading' }),
  models: () => [],
  onDidChange: () => ({ dispose: () => {} }),
};
