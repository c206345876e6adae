import * as vscode from 'vscode';
import type { LayerLine, LayerLines } from '../../protocol/language.ts';

/** As the graph has them (`media/webview.css`): 0 the worst. */
const levels = 5;

/** Figures of layers at the ends of the lines that name them. They move with the text until the server has looked at it again. */
export class LayerDecorations implements vscode.Disposable {
  readonly #plain: vscode.TextEditorDecorationType;
  readonly #levels: readonly vscode.TextEditorDecorationType[];
  readonly #known = new Map<string, LayerLines>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly isWanted: (document: vscode.Uri) => boolean) {
    this.#plain = figureType('editorCodeLens.foreground');
    this.#levels = Array.from({ length: levels }, (_, level) => figureType(`lathe.layerError.level${level}`));
    this.#subscriptions = [
      this.#plain,
      ...this.#levels,
      vscode.window.onDidChangeVisibleTextEditors(() => this.refresh()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#known.delete(uri.toString())),
    ];
  }

  show(lines: LayerLines): void {
    const uri = vscode.Uri.parse(lines.uri);
    this.#known.set(uri.toString(), lines);
    for (const editor of vscode.window.visibleTextEditors) if (editor.document.uri.toString() === uri.toString()) this.#draw(editor);
  }

  refresh(): void {
    for (const editor of vscode.window.visibleTextEditors) if (this.#known.has(editor.document.uri.toString())) this.#draw(editor);
  }

  dispose(): void {
    for (const disposable of this.#subscriptions) disposable.dispose();
    this.#known.clear();
  }

  #draw(editor: vscode.TextEditor): void {
    const { document } = editor;
    const known = this.#known.get(document.uri.toString());
    // Of an earlier text: what is drawn has moved with the text, and the server is about to say more.
    if (!known || (known.version !== document.version && this.isWanted(document.uri))) return;
    const lines = this.isWanted(document.uri) ? known.lines.filter(({ line }) => line < document.lineCount) : [];
    const options = lines.map((line) => ({ line, option: optionOf(document, line) }));
    const leveled = (level: number | undefined): vscode.DecorationOptions[] =>
      options.filter(({ line }) => levelOf(line) === level).map(({ option }) => option);
    editor.setDecorations(this.#plain, leveled(undefined));
    this.#levels.forEach((type, level) => editor.setDecorations(type, leveled(level)));
  }
}

const figureType = (color: string): vscode.TextEditorDecorationType =>
  vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
    after: { color: new vscode.ThemeColor(color), margin: '0 0 0 3em' },
  });

/** The level of colour; stale figures have none. */
const levelOf = ({ rank, stale }: LayerLine): number | undefined =>
  rank === undefined || stale !== undefined ? undefined : Math.min(levels - 1, Math.floor((1 - rank) * levels));

/** One text behind the end: in front of it, the cursor at the end of the line would stand behind the figure. */
function optionOf(document: vscode.TextDocument, { line, text, bar, worst, stale }: LayerLine): vscode.DecorationOptions {
  const { end } = document.lineAt(line).range;
  const said = [text, bar, worst, stale === undefined ? undefined : `(${stale})`].filter((part) => part !== undefined).join('  ');
  return {
    range: new vscode.Range(end, end),
    renderOptions: { after: { contentText: said, ...(stale === undefined ? {} : { fontStyle: 'italic' }) } },
  };
}
