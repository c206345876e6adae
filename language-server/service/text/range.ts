import type { Range } from 'vscode-languageserver-types';
import type { RecipeDocument } from '../document.ts';

/** Offsets as positions of an editor. */
export const rangeOf = ({ text }: RecipeDocument, from: number, to: number): Range => ({
  start: text.positionAt(from),
  end: text.positionAt(to),
});
