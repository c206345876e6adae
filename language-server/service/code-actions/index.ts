import type { CodeAction, CodeActionKind, Range, WorkspaceEdit } from 'vscode-languageserver-types';
import type { RecipeDocument } from '../document.ts';
import type { Request } from '../feature.ts';
import { rangeOf } from '../text/range.ts';
import type { ActionRequest, Offer, RecipeAction } from './action.ts';
import { addCalibration } from './add-calibration.ts';
import { excludeWorst } from './exclude-worst.ts';
import { foundWidths } from './found-widths.ts';
import { keepInFloat } from './keep-in-float.ts';
import { setVersion } from './set-version.ts';
import { widenWorst } from './widen-worst.ts';

/** What can be done to a recipe from within its text, in the order in which it is offered. */
export const actions: readonly RecipeAction[] = [setVersion, addCalibration, excludeWorst, widenWorst, keepInFloat, foundWidths];

/** Of longer texts edits are made only of what was chosen, since planning them reads the text anew; who cannot say what that is gets none. Characters. */
const short = 20_000;

/** What `resolveAction` needs to know an action again. Plain data. */
export interface ActionData {
  readonly uri: string;
  readonly version: number;
  readonly action: string;
  readonly title: string;
  readonly range: Range;
}

export interface ActionOptions {
  /** Kinds that the editor asks for. */
  readonly only?: readonly CodeActionKind[] | undefined;
  /** The editor asks for the edit of an action when it is chosen. */
  readonly canResolve: boolean;
}

/** What is offered for a selection. */
export function codeActions(request: Request, range: Range, { only, canResolve }: ActionOptions): CodeAction[] {
  const at = actionRequest(request, range);
  const { document } = request;
  return actions
    .filter(({ kind }) => only === undefined || only.some((wanted) => wanted === '' || kind === wanted || kind.startsWith(`${wanted}.`)))
    .flatMap((action) =>
      action.offer(at).flatMap((offer): CodeAction[] => {
        const data: ActionData = { uri: document.uri, version: document.version, action: action.id, title: offer.title, range };
        const listed = { title: offer.title, kind: action.kind };
        if (document.text.getText().length > short) return canResolve ? [{ ...listed, data }] : [];
        const edit = workspaceEdit(document, offer);
        return edit ? [{ ...listed, edit }] : [];
      }),
    );
}

/** The edit of an action that was offered without one; as it was where the text is another by now. */
export function resolveAction(request: Request, listed: CodeAction): CodeAction {
  const data = listed.data as ActionData;
  if (request.document.version !== data.version) return listed;
  const at = actionRequest(request, data.range);
  const offer = actions
    .find(({ id }) => id === data.action)
    ?.offer(at)
    .find(({ title }) => title === data.title);
  const edit = offer && workspaceEdit(request.document, offer);
  return edit ? { ...listed, edit } : listed;
}

const actionRequest = (request: Request, { start, end }: Range): ActionRequest => ({
  ...request,
  from: request.document.text.offsetAt(start),
  to: request.document.text.offsetAt(end),
});

function workspaceEdit(document: RecipeDocument, offer: Offer): WorkspaceEdit | undefined {
  const edits = offer.edits();
  if (edits.length === 0) return undefined;
  return { changes: { [document.uri]: edits.map(({ from, to, text }) => ({ range: rangeOf(document, from, to), newText: text })) } };
}
