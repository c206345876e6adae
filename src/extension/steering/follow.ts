import * as vscode from 'vscode';
import type { OpenView } from '../editor/view-part.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import { isRecipe } from './recipes.ts';

/** The cursor is followed once it has come to rest. */
const restMs = 150;

/** Recipe and graph follow each other where both can be seen side by side: the cursor selects layers, a selected layer marks its line. */
export function followEachOther(host: Host): vscode.Disposable[] {
  const mark = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightBackground'),
    fontWeight: 'bold', // where a theme has no colour for it
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.wordHighlightForeground'),
  });
  let timer: NodeJS.Timeout | undefined;
  let followed = '';
  return [
    mark,
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      clearTimeout(timer);
      if (!isRecipe(textEditor.document.uri) || !wanted()) return;
      timer = setTimeout(() => void reporting(host.output, 'Reveal in graph', () => follow(textEditor)), restMs);
    }),
    host.steering.onDidSelect((view) => {
      if (wanted()) void reporting(host.output, 'Mark the recipe line', () => markLine(view, mark));
    }),
    new vscode.Disposable(() => clearTimeout(timer)),
  ];

  async function follow(editor: vscode.TextEditor): Promise<void> {
    if (host.steering.views.length === 0) return;
    const { entriesAt, select } = await import('./reveal.ts');
    const at = await entriesAt(editor.document, editor.selections.map(({ active }) => active)); // prettier-ignore
    const patterns = JSON.stringify([editor.document.uri.toString(), at?.entries.map(({ pattern }) => pattern)]);
    if (patterns === followed) return; // within one entry
    followed = patterns;
    if (!at?.entries.length) return;
    for (const view of host.steering.viewsOf(at.model)) if (beside(view, editor)) await select(view, at.entries, at.recipe.layers.chain);
  }
}

const wanted = (): boolean => vscode.workspace.getConfiguration('lathe').get('followRecipe', true);

const beside = ({ panel }: OpenView, { viewColumn }: vscode.TextEditor): boolean => panel.visible && panel.viewColumn !== viewColumn;

/** Marks the line that applies to the leading layer in an editor beside, and scrolls there; the cursor stays where it is. */
async function markLine(view: OpenView, mark: vscode.TextEditorDecorationType): Promise<void> {
  const { currentOf } = await import('./current.ts');
  const editors = vscode.window.visibleTextEditors.filter((editor) => isRecipe(editor.document.uri) && beside(view, editor));
  if (editors.length === 0) return;
  const { recipe, file } = await currentOf(view);
  const leading = view.host.steering.selection(view).at(-1);
  const line = recipe?.settings.find(({ index }) => index === leading)?.line;
  for (const editor of editors) {
    const mine = editor.document.uri.toString() === file?.toString() && line !== undefined && line <= editor.document.lineCount;
    const ranges = mine ? [editor.document.lineAt(line - 1).range] : [];
    editor.setDecorations(mark, ranges);
    if (ranges[0]) editor.revealRange(ranges[0], vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}
