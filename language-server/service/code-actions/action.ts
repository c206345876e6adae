import type { CodeActionKind } from 'vscode-languageserver-types';
import type { TextEdit } from '../../../src/engine/recipe/edit-map.ts';
import type { Request } from '../feature.ts';

/** Where an action is asked for. */
export interface ActionRequest extends Request {
  /** Offsets of the selection; both the cursor where nothing is selected. */
  readonly from: number;
  readonly to: number;
}

/** A change that is offered at a place. */
export interface Offer {
  /** What it does, with the names and numbers of this recipe. */
  readonly title: string;
  /** Made when it is chosen; none: it can't be done to this text after all. */
  edits(): readonly TextEdit[];
}

/** Something that can be done to a recipe from within its text. */
export interface RecipeAction {
  readonly id: string;
  readonly kind: CodeActionKind;
  /** What is offered here. Quick: editors ask at every move of the cursor. */
  offer(request: ActionRequest): readonly Offer[];
}
