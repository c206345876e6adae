import * as vscode from 'vscode';
import { visible } from '../../../protocol/format.ts';
import type { BoardFinding, FindingKind } from './findings.ts';
import type { PlacedFinding } from './place.ts';

const isRecipe = /\.compress\.(ya?ml|json)$/i;
const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** A chatty tool is read in its log. */
const mostOfOne = 100;
const longest = 500;
const mostNames = 5;

/** What a code action needs of a diagnostic: VS Code hands out copies. */
export interface ShownFinding {
  readonly model: string | undefined;
  readonly layers: readonly string[];
}

/** What tools said of boards, as diagnostics: at lines of recipes, or at the model where there is no recipe. Of each file and task until that runs again. */
export class FindingStore implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('lathe-boards');
  /** By file, then task. */
  readonly #found = new Map<string, Map<FindingKind, readonly BoardFinding[]>>();
  /** Models and layers of diagnostics, by `keyOf`. */
  readonly #shown = new Map<string, ShownFinding>();
  /** Placing is asynchronous: only the newest of a file counts. */
  readonly #turns = new Map<string, number>();
  readonly #pages: vscode.Uri;
  readonly #listener: vscode.Disposable;

  constructor(context: vscode.ExtensionContext) {
    this.#pages = vscode.Uri.joinPath(context.extensionUri, 'docs', 'guide', 'boards-in-the-editor.md');
    // A recipe that is written on: findings keep to their layers and entries.
    this.#listener = vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#found.has(uri.fsPath) && void this.#show(uri.fsPath));
  }

  /** What a task has found, in place of what it found the last time. `file`: the recipe, or the model; absolute. */
  set(file: string, kind: FindingKind, findings: readonly BoardFinding[]): void {
    const kinds = this.#found.get(file) ?? new Map<FindingKind, readonly BoardFinding[]>();
    kinds.set(kind, findings.slice(0, mostOfOne));
    this.#found.set(file, kinds);
    void this.#show(file);
  }

  /** What a diagnostic of this collection is about. */
  shown(uri: vscode.Uri, diagnostic: vscode.Diagnostic): ShownFinding | undefined {
    return this.#shown.get(keyOf(uri, diagnostic));
  }

  async #show(file: string): Promise<void> {
    const turn = (this.#turns.get(file) ?? 0) + 1;
    this.#turns.set(file, turn);
    const uri = vscode.Uri.file(file);
    const findings = [...(this.#found.get(file)?.values() ?? [])].flat();
    const placed = findings.length === 0 ? [] : await placedIn(uri, findings);
    if (this.#turns.get(file) !== turn) return;
    for (const key of this.#shown.keys()) if (key.startsWith(`${uri.toString()} `)) this.#shown.delete(key);
    const diagnostics = placed.map((one) => this.#diagnostic(uri, one));
    this.#collection.set(uri, diagnostics);
  }

  #diagnostic(uri: vscode.Uri, { finding, layers, range }: PlacedFinding): vscode.Diagnostic {
    const { severity, code, model } = finding;
    const at = new vscode.Range(range.line - 1, range.column - 1, range.endLine - 1, range.endColumn - 1);
    const diagnostic = new vscode.Diagnostic(at, messageOf(finding, layers), severities[severity]);
    diagnostic.source = `lathe ${finding.target}`;
    if (code !== undefined) diagnostic.code = { value: visible(code.slice(0, 100)), target: this.#pages };
    this.#shown.set(keyOf(uri, diagnostic), { model, layers });
    return diagnostic;
  }

  dispose(): void {
    this.#collection.dispose();
    this.#listener.dispose();
  }
}

async function placedIn(uri: vscode.Uri, findings: readonly BoardFinding[]): Promise<PlacedFinding[]> {
  if (!isRecipe.test(uri.path)) {
    const range = { line: 1, column: 1, endLine: 1, endColumn: 1 };
    return findings.map((finding) => ({ finding, layers: finding.layers, range }));
  }
  const { placeFindings } = await import('./place.ts');
  const document = await vscode.workspace.openTextDocument(uri);
  return placeFindings(document.getText(), findings);
}

/** "/conv1, /conv2 and 3 more: too large — cut it". */
function messageOf({ message, hint }: BoardFinding, layers: readonly string[]): string {
  const names = layers.slice(0, mostNames).join(', ');
  const more = layers.length > mostNames ? ` and ${layers.length - mostNames} more` : '';
  const text = `${names}${more}${names ? ': ' : ''}${message}${hint === undefined ? '' : ` — ${hint}`}`;
  return visible(text.length > longest ? `${text.slice(0, longest)}…` : text);
}

const keyOf = (uri: vscode.Uri, { range: { start, end }, message }: vscode.Diagnostic): string =>
  `${uri.toString()} ${JSON.stringify([start.line, start.character, end.line, end.character, message])}`;
