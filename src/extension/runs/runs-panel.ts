import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import type { RunComparison } from '../../protocol/runs-comparison.ts';
import { checkedFolders, runsMessages, type PictureRequest, type SavedAs } from '../../protocol/runs-messages.ts';
import type { ScoresLayout } from '../../protocol/curve-layout.ts';
import type { ScatterLayout } from '../../protocol/scatter.ts';
import { Channel } from '../../protocol/transport.ts';
import { webviewOptions, webviewPage } from '../editor/webview-page.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import { pickRuns } from './pick-runs.ts';

const viewType = 'lathe.compareRuns';

/** Shows runs side by side in a tab. */
export function openRunsPanel(host: Host, folders: readonly string[]): void {
  const panel = vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active);
  new RunsPanel(host, panel, folders);
}

/** Brings tabs back after a reload of the window. */
export const restoreRunsPanels = (host: Host): vscode.Disposable =>
  vscode.window.registerWebviewPanelSerializer(viewType, {
    deserializeWebviewPanel: async (panel, state: unknown) => void new RunsPanel(host, panel, checkedFolders(state)),
  });

/** One tab with a comparison, drawn anew when one of its runs changes. */
class RunsPanel {
  #folders: readonly string[];
  #comparison: RunComparison | undefined;
  readonly #channel: Channel;

  constructor(
    private readonly host: Host,
    private readonly panel: vscode.WebviewPanel,
    folders: readonly string[],
  ) {
    const { webview } = panel;
    const { extensionUri } = host.context;
    this.#folders = folders;
    this.#channel = new Channel(
      (message) => void webview.postMessage(message),
      (why) => host.output.warn(why),
    );
    this.#listen();
    host.runs.watch();
    const disposables = [
      webview.onDidReceiveMessage((message) => this.#channel.receive(message)),
      host.runs.onDidChange(() => void this.#show()),
    ];
    panel.onDidDispose(() => {
      for (const disposable of disposables) disposable.dispose();
      this.#channel.close();
    });
    this.#title();
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewPage(webview, extensionUri, 'runs-view', 'lathe-runs', 'Compare runs');
  }

  #listen(): void {
    const channel = this.#channel;
    channel.onNotice(runsMessages.ready, () => void this.#show());
    channel.onQuestion(runsMessages.picture, (body) => this.#picture(body));
    channel.onQuestion(runsMessages.curves, (body) => this.#curves(body));
    channel.onNotice(runsMessages.open, ({ folder }) => void this.#report('Open report', () => this.#open(folder)));
    channel.onNotice(runsMessages.remove, ({ folder }) => void this.#compare(this.#folders.filter((one) => one !== folder)));
    channel.onNotice(runsMessages.choose, () => void this.#report('Choose runs', () => this.#choose()));
    channel.onNotice(runsMessages.save, ({ as }) => void this.#report('Save', () => this.#save(as)));
  }

  #report(what: string, work: () => Promise<void>): Promise<void> {
    return reporting(this.host.output, what, work).then(() => undefined);
  }

  #title(): void {
    this.panel.title = `Compare ${this.#folders.length} Runs`;
  }

  #compare(folders: readonly string[]): Promise<void> {
    this.#folders = folders;
    this.#title();
    return this.#show();
  }

  /** Runs that are gone are left out. */
  async #show(): Promise<void> {
    await this.#report('Compare runs', async () => {
      const { compareRuns, readCurves, readRounds } = await import('../../engine/pipeline/index.ts');
      const found = await Promise.all(this.#folders.map((folder) => this.#read(folder)));
      const runs = found.filter((run) => run !== undefined);
      const curves = await Promise.all(runs.map(({ folder, trains }) => (trains ? readCurves(folder) : [])));
      const prunings = await Promise.all(runs.map(({ folder, prunes }) => (prunes ? readRounds(folder) : [])));
      this.#comparison = compareRuns(runs, curves, prunings);
      if (runs.length) this.#channel.tell(runsMessages.show, { comparison: this.#comparison });
      else this.#channel.tell(runsMessages.empty, { message: 'These runs are gone.' });
    });
  }

  async #read(folder: string): Promise<RunSummary | undefined> {
    try {
      return placed(await this.host.runs.read(folder));
    } catch (error) {
      if (error instanceof LatheError && error.code === 'run.missing') return undefined;
      throw error;
    }
  }

  async #picture({ group: place, axis: id, width, height }: PictureRequest): Promise<ScatterLayout> {
    const group = this.#comparison?.groups[place];
    const axis = this.#comparison?.axes.find((one) => one.id === id);
    if (!group || !axis) throw new Error('there is no such picture');
    const { layoutPicture } = await import('../../engine/pipeline/index.ts');
    return layoutPicture(group, axis, width, height);
  }

  async #curves({ group: place, width }: { group: number; width: number }): Promise<ScoresLayout> {
    const group = this.#comparison?.trainings[place];
    if (!group) throw new Error('there are no such trainings');
    const { layoutScores } = await import('../../engine/pipeline/index.ts');
    return layoutScores(group, width);
  }

  async #open(folder: string): Promise<void> {
    const run = this.#comparison?.runs.find((one) => one.folder === folder);
    if (!run) return;
    const name = run.status === 'finished' ? 'report.html' : 'log.jsonl';
    const file = vscode.Uri.file(path.join(run.folder, name));
    if (run.status === 'finished') await (await import('./report.ts')).openReport(file);
    else await vscode.window.showTextDocument(file);
  }

  async #choose(): Promise<void> {
    const folders = await pickRuns(this.host, this.#folders);
    if (folders) await this.#compare(folders);
  }

  async #save(as: SavedAs): Promise<void> {
    if (!this.#comparison) return;
    const [base] = vscode.workspace.workspaceFolders ?? [];
    const name = `runs.${as}`;
    const defaultUri = base ? vscode.Uri.joinPath(base.uri, name) : vscode.Uri.file(path.resolve(name));
    const filters = { [as.toUpperCase()]: [as] };
    const file = await vscode.window.showSaveDialog({ defaultUri, filters, title: 'Save the comparison of runs' });
    if (!file) return;
    const { comparisonCsv, comparisonJson, renderComparison } = await import('../../engine/pipeline/index.ts');
    const text = { csv: comparisonCsv, json: comparisonJson, html: renderComparison }[as](this.#comparison);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  }
}

/** With places as people of this window know them. */
const placed = (run: RunSummary): RunSummary =>
  run.test ? { ...run, test: { ...run.test, path: vscode.workspace.asRelativePath(run.test.path) } } : run;
