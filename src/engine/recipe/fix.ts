import type { Path } from './check.ts';

/** One change of what a recipe says, apart from how its text is written. */
export type Change =
  /** Gives the value at `path` another one; a key that is missing there is added, with the maps above it. */
  | { readonly kind: 'set'; readonly path: Path; readonly value: unknown }
  /** Takes a key with its value away, or an item of a list. */
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'rename'; readonly path: Path; readonly key: string }
  /** Puts an item into the list at `path`, before the one at `index`; behind all where there are not so many. */
  | { readonly kind: 'insert'; readonly path: Path; readonly index: number; readonly value: unknown };

/** A way out of a problem. */
export interface Fix {
  /** "Reduce the batch to 32". */
  readonly title: string;
  /** No two of them are about the same place. */
  readonly changes: readonly Change[];
}
