import type { PruningProfile } from '../../protocol/pruning.ts';
import type { DataFacts, Known, ModelFacts } from './facts/types.ts';

/** What the checks of a recipe are told of the world outside it. What is being read yet is passed over. */
export interface World {
  /** A model by absolute path. */
  model(file: string): Known<ModelFacts>;
  /** A data source: absolute path, labels as written. */
  data(path: string, labels?: string): Known<DataFacts>;
  /** What widths of a model's channel groups cost, by the model's absolute path. */
  pruning(modelFile: string): Known<PruningProfile>;
  /** Names in a folder, folders with "/" at their end. */
  folder(path: string): Known<readonly string[]>;
  /** Main memory of the machine in bytes; absent: not known. */
  readonly memory?: number | undefined;
}

/** What is known, or nothing. */
export const known = <T>(of: Known<T> | undefined): T | undefined => (of?.state === 'known' ? of.value : undefined);
