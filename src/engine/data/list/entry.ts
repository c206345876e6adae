import type { Box } from '../types.ts';

/** Where a sample's content is. Plain data: it goes to decoding threads. */
export type Content =
  /** A picture file, with a second one for the target of a pair. Absolute paths. */
  | { readonly kind: 'picture'; readonly file: string; readonly target?: string }
  /** A .npy file that is one sample. */
  | { readonly kind: 'tensor'; readonly file: string }
  /** Row `index` of the dataset's array (.npy, .npz). */
  | { readonly kind: 'row'; readonly index: number };

/** A sample as a folder, list or label file names it. */
export interface Entry {
  /** Relative to the dataset's folder, forward slashes. */
  readonly id: string;
  readonly content: Content;
  readonly label?: number;
  readonly boxes?: readonly Box[];
  readonly split?: string;
}

/** A row of a label file, before its file is looked up. */
export interface LabelRow {
  readonly file: string;
  /** 1-based, in the label file. */
  readonly line: number;
  readonly label?: number;
  readonly boxes?: readonly Box[];
  readonly split?: string;
}

export interface LabelTable {
  readonly rows: readonly LabelRow[];
  /** Names in label order, where the file has names. */
  readonly classes?: readonly string[];
  /** Names of the boxes' landmarks in their order, where the file has them. */
  readonly landmarkNames?: readonly string[];
  /** False where the file has no such column or key at all. */
  readonly hasSplits: boolean;
}

/** Code units, not the locale: the same order on every machine, and Python's. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
