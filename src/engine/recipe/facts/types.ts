import type { PruningProfile } from '../../../protocol/pruning.ts';
import type { ModelInput } from '../../data/types.ts';

/** What a recipe's checks, completion and figures need of one layer. Plain data. */
export interface LayerFacts {
  /** As `layers` calls it: the node's name, or its first output. Several nodes may share one. */
  readonly name: string;
  readonly op: string;
  /** Of the first output, names of free dimensions among them: [1, 16, 32, "w"]. Absent: not known. */
  readonly shape?: readonly (number | string | null)[];
  /** Words on the operator: "3×3, stride 2, 16 groups". */
  readonly detail?: string;
  readonly parameters: number;
  /** For one picture. null: not known. */
  readonly macs: number | null;
  /** The weight that quantization rounds, as stored; absent where the layer has none. Layers of one `tensor` share it; absent: its own. */
  readonly weights?: { readonly elements: number; readonly bytes: number; readonly tensor?: number };
  /** Why a board's accelerator does not take it, by the target's name; absent: it does, or the target has none. */
  readonly refusals?: Readonly<Record<string, string>>;
  /** What has to hold for a board's accelerator to take it, by the target's name, where it is not sure. */
  readonly conditions?: Readonly<Record<string, string>>;
}

/** What is known of a model without running it and without its weights. Plain data, small: it crosses threads and is kept for every open recipe. */
export interface ModelFacts {
  /** Absolute; "" of a network that is not made yet. */
  readonly file: string;
  /** Of the file's contents; absent of a network that is not made yet. */
  readonly sha256?: string;
  readonly bytes: number;
  readonly opset: number;
  /** In the order of the graph. */
  readonly layers: readonly LayerFacts[];
  /** Inputs that a run has to give. */
  readonly inputs: readonly ModelInput[];
  readonly outputs: readonly ModelInput[];
  /** `metadata_props`: what the model says of its input, scheme, recipe. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly macs: number | null;
  /** What widths of its channel groups cost; absent where no channel can go. */
  readonly pruning?: PruningProfile;
}

/** What is known of a data source without decoding a picture. */
export interface DataFacts {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'folder' | 'labels' | 'boxes' | 'arrays' | 'list';
  /** Pictures, or rows; `more`: counting ended there. */
  readonly count: number;
  readonly more?: boolean;
  /** Names of class folders, or how many different labels there are. */
  readonly classes?: readonly string[];
  /** Largest label, from 0, where there are any. */
  readonly largestLabel?: number;
  /** Of a label file with a column of splits: rows by split. */
  readonly splits?: Readonly<Record<string, number>>;
  /** Of an array: shape of one row. */
  readonly shape?: readonly number[];
  /** Hashes of the files' paths, ascending, where they are known and not too many (see `sharedFiles`). */
  readonly prints?: readonly number[];
}

/** Why something is not known. `reading`: it will be, and whoever asked is told. */
export type Unknown = { readonly state: 'reading' } | { readonly state: 'problem'; readonly code: string; readonly message: string };
export type Known<T> = { readonly state: 'known'; readonly value: T } | Unknown;

/** What is known, if it is. */
export const valueOf = <T>(known: Known<T> | undefined): T | undefined => (known?.state === 'known' ? known.value : undefined);
