import path from 'node:path';
import * as vscode from 'vscode';
import { formatError, LatheError } from '../../engine/base/errors.ts';
import { Channel } from '../../protocol/transport.ts';
import { modelMessages } from '../../protocol/webview.ts';
import type { Host } from '../host.ts';
import { ModelDocument } from './model-document.ts';
import type { OpenView, ViewPart } from './view-part.ts';
import { watchFile } from './watch-file.ts';
import { webviewOptions, webviewPage } from './webview-page.ts';

/** The read-only editor for models: joins a document and its webview. */
export class ModelEditor implements vscode.CustomReadonlyEditorProvider<ModelDocument> {
  static readonly viewType = 'lathe.model';
  readonly #shown = new vscode.EventEmitter<vscode.Uri>();
  /** Fires when a view has been given something to show. */
  readonly onDidShow = this.#shown.event;

  constructor(
    private readonly host: Host,
    private readonly parts: readonly ViewPart[],
  ) {}

  openCustomDocument(uri: vscode.Uri): ModelDocument {
    return new ModelDocument(uri);
  }

  resolveCustomEditor(document: ModelDocument, panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const { output } = this.host;
    const channel = new Channel(
      (message) => void webview.postMessage(message),
      (why) => output.warn(`refused from the view of ${document.uri.toString()}: ${why}`),
    );
    const { extensionUri } = this.host.context;
    const view: OpenView = { host: this.host, document, channel, panel };
    const show = (): Promise<void> => this.#show(view);
    const reload = (): Promise<void> => {
      document.reload();
      return show();
    };
    channel.onNotice(modelMessages.ready, () => void show());
    channel.onNotice(modelMessages.act, () => void reload());

    const disposables = [
      watchFile(document.uri, () => void reload()),
      webview.onDidReceiveMessage((message) => channel.receive(message)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void show()),
      ...this.parts.flatMap((part) => part.attach(view)),
    ];
    panel.onDidDispose(() => {
      for (const disposable of disposables) disposable.dispose();
      channel.close();
    });
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewPage(webview, extensionUri, 'model-view', 'lathe-model', 'Lathe model');
  }

  /** Never throws: what cannot be shown is said in the view. */
  async #show(view: OpenView): Promise<void> {
    const { document, channel } = view;
    const { output } = this.host;
    try {
      const [model, graph] = await Promise.all([document.view(), document.drawable()]);
      channel.tell(modelMessages.show, { model, graph });
      for (const part of this.parts) await part.shown?.(view, model);
      output.debug(`opened ${document.uri.toString()}: ${model.layers.length} layers`);
    } catch (error) {
      const { problemOf } = await import('./model-view.ts');
      const known = error instanceof LatheError ? error : new LatheError('model.view', String(error), { cause: error });
      output.warn(error instanceof LatheError ? formatError(error) : ((error as Error).stack ?? String(error)));
      channel.tell(modelMessages.problem, problemOf(known, path.posix.basename(document.uri.path)));
    }
    this.#shown.fire(document.uri);
  }
}
