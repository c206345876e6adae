import { CodeActionKind, type CodeAction, type Diagnostic, type Range, type TextEdit } from 'vscode-languageserver-types';
import type { Issue } from '../../src/engine/recipe/check.ts';
import type { TextEdit as OffsetEdit } from '../../src/engine/recipe/edit-map.ts';
import { editRecipe } from '../../src/engine/recipe/edit-recipe.ts';
import { wordFor } from '../../src/engine/recipe/load.ts';
import { SyntaxReader } from '../../src/engine/recipe/syntax/reader.ts';
import { parseRecipeText } from '../../src/engine/recipe/text.ts';
import { applyEdits } from '../../src/engine/recipe/edit-map.ts';
import { visible } from '../../src/protocol/format.ts';
import { diagnosticOf, issuesOf } from './diagnostics.ts';
import type { RecipeDocument } from './document.ts';
import type { Request } from './feature.ts';

/** More are no help. */
const mostFixes = 20;

/** Ways out of the problems in a range. The first of a problem is the preferred one where it is one word for another. `only`: kinds that the editor asks for. */
export function quickFixes(request: Request, range: Range, only?: readonly CodeActionKind[]): CodeAction[] {
  if (only && !only.some((kind) => kind === '' || kind === CodeActionKind.QuickFix)) return [];
  const { document } = request;
  const actions: CodeAction[] = [];
  for (const issue of issuesOf(request)) {
    if (!issue.fix && !issue.fixes?.length) continue;
    const diagnostic = diagnosticOf(issue, document);
    if (!touches(diagnostic.range, range)) continue;
    actions.push(...fixesOf(issue, diagnostic, document));
    if (actions.length >= mostFixes) break;
  }
  return actions.slice(0, mostFixes);
}

function fixesOf(issue: Issue, diagnostic: Diagnostic, document: RecipeDocument): CodeAction[] {
  const action = (title: string, edits: readonly TextEdit[]): CodeAction => ({
    title: visible(title.slice(0, 200)),
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    edit: { changes: { [document.uri]: [...edits] } },
  });
  const word = wordFor(issue, document.tree);
  const first =
    word === undefined ? [] : [{ ...action(`Change to ${word}`, [{ range: diagnostic.range, newText: word }]), isPreferred: true }];
  const text = document.text.getText();
  const others = (issue.fixes ?? []).flatMap(({ title, changes }) => {
    const edits = editRecipe(text, document.tree, changes);
    return edits && leavesYaml(text, edits, document) ? [action(title, edits.map((edit) => textEdit(edit, document)))] : []; // prettier-ignore
  });
  const [only] = others;
  if (only && others.length === 1 && first.length === 0) only.isPreferred = true;
  return [...first, ...others];
}

/** What fixes leave of a text, all but the same text each time: read whole only once. Not what reads the text itself, whose tree it would change. */
const readers = new WeakMap<RecipeDocument, SyntaxReader>();

/** A way of writing that the edits did not foresee must not cost the reader the recipe. */
function leavesYaml(text: string, edits: readonly OffsetEdit[], document: RecipeDocument): boolean {
  const reader = readers.get(document) ?? new SyntaxReader();
  readers.set(document, reader);
  return parseRecipeText(applyEdits(text, edits), document.uri, {}, reader).problems.length <= document.tree.problems.length;
}

const textEdit = ({ from, to, text }: OffsetEdit, { text: document }: RecipeDocument): TextEdit => ({
  range: { start: document.positionAt(from), end: document.positionAt(to) },
  newText: text,
});

const isBefore = (a: Range['end'], b: Range['start']): boolean => a.line < b.line || (a.line === b.line && a.character < b.character);
const touches = (a: Range, b: Range): boolean => !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
