import path from 'node:path';
import * as vscode from 'vscode';
import { formatError, LatheError } from '../../engine/base/errors.ts';
import { Channel } from '../../protocol/transport.ts';
import { modelMessages } from '../../protocol/webview.ts';
import type { ChannelsView, ModelView } from '../../protocol/view.ts';
import type { OverlayStore } from '../overlays/store.ts';
import { ModelDocument } from './model-document.ts';
import { webviewOptions, webviewPage } from './webview-page.ts';

/** Saving a file is often several writes: the editor reads it again once they have come to rest. */
const settleMs = 300;

/** What a view can ask for beyond the model itself. */
export interface ModelServices {
  readonly overlays: OverlayStore;
  /** Ranges, histograms and worst channels of a layer, as an overlay's analysis quantized it. Throws LatheError. */
  channels(model: vscode.Uri, layer: string, overlay: string): Promise<ChannelsView[]>;
}

/** The read-only editor for models: joins a document and its webview. */
export class ModelEditor implements vscode.CustomReadonlyEditorProvider<ModelDocument> {
  static readonly viewType = 'lathe.model';
  readonly #shown = new vscode.EventEmitter<vscode.Uri>();
  /** Fires when a view has been given something to show. */
  readonly onDidShow = this.#shown.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly output: vscode.LogOutputChannel,
    private readonly services: ModelServices,
  ) {}

  openCustomDocument(uri: vscode.Uri): ModelDocument {
    return new ModelDocument(uri);
  }

  resolveCustomEditor(document: ModelDocument, panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const channel = new Channel((message) => void webview.postMessage(message));
    const show = (): Promise<void> => this.#show(document, channel);
    const reload = (): Promise<void> => {
      document.reload();
      return show();
    };
    channel.onNotice(modelMessages.ready, () => void show());
    channel.onNotice(modelMessages.act, () => void reload());
    channel.onQuestion(modelMessages.detail, ({ index }) => document.detail(index));
    channel.onNotice(modelMessages.analyze, () => void vscode.commands.executeCommand('lathe.analyze', document.uri));
    channel.onQuestion(modelMessages.channels, async ({ index, overlay }) => {
      const { name } = await document.detail(index);
      return this.services.channels(document.uri, name, overlay);
    });

    const disposables = [
      watchFile(document.uri, () => void reload()),
      webview.onDidReceiveMessage((message) => channel.receive(message)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void show()),
      this.services.overlays.onDidChange(({ model, show: id }) => {
        if (model.toString() === document.uri.toString()) void document.view().then((view) => this.#tell(document, view, channel, id));
      }),
    ];
    panel.onDidDispose(() => {
      for (const disposable of disposables) disposable.dispose();
      channel.close();
    });
    webview.options = webviewOptions(this.extensionUri);
    webview.html = webviewPage(webview, this.extensionUri, 'model-view', 'lathe-model', 'Lathe model');
  }

  /** Never throws: what cannot be shown is said in the view. */
  async #show(document: ModelDocument, channel: Channel): Promise<void> {
    try {
      const model = await document.view();
      channel.tell(modelMessages.show, { model });
      await this.#tell(document, model, channel);
      this.output.debug(`opened ${document.uri.toString()}: ${model.layers.length} layers`);
    } catch (error) {
      const { problemOf } = await import('./model-view.ts');
      const known = error instanceof LatheError ? error : new LatheError('model.view', String(error), { cause: error });
      this.output.warn(error instanceof LatheError ? formatError(error) : ((error as Error).stack ?? String(error)));
      channel.tell(modelMessages.problem, problemOf(known, path.posix.basename(document.uri.path)));
    }
    this.#shown.fire(document.uri);
  }

  /** What is known of the layers; where it can't be read the model is shown without. */
  async #tell(document: ModelDocument, model: ModelView, channel: Channel, show?: string): Promise<void> {
    const { layerIndex } = await import('../overlays/views.ts');
    const canAnalyze = vscode.workspace.isTrusted && document.uri.scheme === 'file';
    const overlays = await this.services.overlays.of(document.uri, layerIndex(model.layers)).catch((error: unknown) => {
      this.output.warn(`figures of ${document.uri.fsPath}: ${String(error)}`);
      return [];
    });
    channel.tell(modelMessages.overlays, { overlays, canAnalyze, ...(show === undefined ? {} : { show }) });
  }
}

function watchFile(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.joinPath(uri, '..');
  // A file name may hold glob characters: watch the folder's files and compare.
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'));
  let timer: NodeJS.Timeout | undefined;
  const onEvent = (at: vscode.Uri): void => {
    if (at.toString() !== uri.toString()) return;
    clearTimeout(timer);
    timer = setTimeout(changed, settleMs);
  };
  watcher.onDidChange(onEvent);
  watcher.onDidCreate(onEvent);
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    watcher.dispose();
  });
}
