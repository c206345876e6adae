import * as vscode from 'vscode';
import type { BoardDocument } from '../../../protocol/results/board.ts';
import type { RunSummary } from '../../../protocol/runs.ts';
import { describe } from '../../errors.ts';
import type { JobRunner } from '../../jobs/runner.ts';
import type { RunStore } from '../../runs/run-store.ts';
import { whenText } from '../../runs/words.ts';
import { deploySummary } from '../text.ts';
import type { BoardAnswer, ListedBoard, NamedBoard } from './listed-board.ts';

const pattern = '**/*.compress.{yaml,yml,json}';
const mostRecipes = 500;
/** A recipe is saved in several steps; they are looked at once they have come to rest. */
const settleMs = 250;

/** The boards of this window's recipes and settings, with what they said when they were asked. Nothing is asked before somebody wants to know. */
export class BoardStore implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #answers = new Map<string, BoardAnswer>();
  readonly #stop = new AbortController();
  #watcher: vscode.Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #settings = vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('lathe.boards') && this.changed());

  readonly #runsListener: vscode.Disposable;

  constructor(
    private readonly jobs: JobRunner,
    private readonly runs: RunStore,
  ) {
    this.#runsListener = runs.onDidChange(() => this.changed());
  }

  async list(): Promise<ListedBoard[]> {
    this.#watch();
    const [named, runs] = await Promise.all([this.#named(), this.runs.list()]);
    return named.map((board) => {
      const answer = this.#answers.get(board.id);
      const figures = lastFigures(board, runs);
      return { ...board, ...(answer ? { answer } : {}), ...(figures === undefined ? {} : { figures }) };
    });
  }

  async find(id: string): Promise<ListedBoard | undefined> {
    return (await this.list()).find((board) => board.id === id);
  }

  /** Asks a board what it is and has; the answer comes as a change. Throws `workspace.untrusted`. */
  async ask(board: NamedBoard): Promise<void> {
    await this.#board(board);
  }

  /** Takes a model from a board. Throws LatheError. */
  async remove(board: NamedBoard, model: string): Promise<void> {
    await this.#board(board, model);
  }

  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed.fire(), settleMs);
  }

  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#watcher?.dispose();
    this.#settings.dispose();
    this.#runsListener.dispose();
    this.#changed.dispose();
  }

  async #board({ id, entry }: NamedBoard, remove?: string): Promise<void> {
    const before = this.#answers.get(id);
    if (before?.state === 'asking') return;
    const last = before?.state === 'answered' ? before.document : undefined;
    this.#answers.set(id, { state: 'asking', ...(last ? { last } : {}) });
    this.#changed.fire();
    try {
      const job = { kind: 'board', entry, ...(remove === undefined ? {} : { remove }) } as const;
      const document: BoardDocument = await this.jobs.runQuietly(job, this.#stop.signal);
      this.#answers.set(id, { state: 'answered', document, at: new Date().toISOString() });
    } catch (error) {
      const reason = describe(error).replace(/\s*\n\s*/g, ' ');
      if (remove !== undefined && before) this.#answers.set(id, before);
      else this.#answers.set(id, { state: 'failed', reason, at: new Date().toISOString() });
      if (remove !== undefined) throw error;
    } finally {
      this.#changed.fire();
    }
  }

  async #named(): Promise<NamedBoard[]> {
    const [{ namedBoards }, { boardsOfRecipe }] = await Promise.all([import('./listed-board.ts'), import('../read-recipe.ts')]);
    const files = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', mostRecipes);
    const local = files.filter(({ scheme }) => scheme === 'file').sort((a, b) => (a.fsPath < b.fsPath ? -1 : 1));
    const recipes = await Promise.all(
      local.map(async (uri) => {
        const place = vscode.workspace.asRelativePath(uri).replaceAll('\\', '/');
        return { file: uri.fsPath, place, boards: (await boardsOfRecipe(uri)) ?? { targets: [], entries: [], deploys: false } };
      }),
    );
    const added: unknown = vscode.workspace.getConfiguration('lathe').get('boards');
    return namedBoards(recipes, Array.isArray(added) ? added : [], vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? process.cwd());
  }

  #watch(): void {
    if (this.#watcher) return;
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate(() => this.changed());
    watcher.onDidChange(() => this.changed());
    watcher.onDidDelete(() => this.changed());
    const folders = vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed());
    this.#watcher = vscode.Disposable.from(watcher, folders);
  }
}

/** What the newest run that was deployed to a board came to there. `runs` come newest first. */
function lastFigures({ target, entry }: NamedBoard, runs: readonly RunSummary[]): string | undefined {
  for (const { deployments = [] } of runs) {
    const measured = deployments.find((one) => one.target === target && one.host === entry.host);
    if (measured) return [deploySummary(measured), whenText(measured.measured, new Date())].filter(Boolean).join(' · ');
  }
  return undefined;
}
