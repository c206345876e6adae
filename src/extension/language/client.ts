import path from 'node:path';
import * as vscode from 'vscode';
import {
  CodeLensRequest,
  InlayHintRequest,
  LanguageClient,
  TransportKind,
  type LanguageClientOptions,
  type ServerOptions,
} from 'vscode-languageclient/node';
import {
  changedNotification,
  layerLinesNotification,
  optionsNotification,
  type LanguageOptions,
  type LayerLines,
} from '../../protocol/language.ts';
import type { Host } from '../host.ts';
import { storageOf } from '../overlays/storage.ts';
import { nodePath } from '../settings.ts';
import { LayerDecorations } from './decorations.ts';
import { FollowDefinition } from './follow-definition.ts';

const documentSelector = [{ scheme: 'file', language: 'compression-config' }];

/** What users can switch off, by its setting. */
const shows = (key: 'codeLens' | 'inlayHints' | 'layerFigures', scope: vscode.Uri): boolean =>
  vscode.workspace.getConfiguration('lathe.recipe', scope).get(key, true);

/** The language server of recipes as VS Code sees it. */
export class RecipeClient implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #decorations: LayerDecorations;
  readonly #definitions: FollowDefinition;
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly host: Host) {
    const { context, output, overlays } = host;
    const module = vscode.Uri.joinPath(context.extensionUri, 'dist', 'language-server.mjs').fsPath;
    this.#definitions = new FollowDefinition(host);
    this.#client = new LanguageClient('lathe', 'Lathe recipes', serverOptions(module), clientOptions(host, this.#definitions));
    this.#decorations = new LayerDecorations((uri) => shows('layerFigures', uri));
    this.#client.onNotification(layerLinesNotification, (lines: LayerLines) => this.#decorations.show(lines));
    this.#subscriptions = [
      this.#decorations,
      this.#definitions,
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.#configure();
        this.#askAgain();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lathe.runsFolder')) this.#configure();
        if (!event.affectsConfiguration('lathe.recipe')) return;
        this.#decorations.refresh();
        this.#askAgain();
      }),
      // Analyses lie in the workspace's storage, which nobody watches.
      overlays.onDidChange(({ model }) => this.#tell(changedNotification, [storageOf(context, 'analyses', model).fsPath])),
    ];
    output.debug(`Language server of recipes: ${module}`);
  }

  async start(): Promise<void> {
    await this.#client.start();
  }

  async restart(): Promise<void> {
    await this.#client.restart();
  }

  dispose(): void {
    for (const disposable of this.#subscriptions) disposable.dispose();
    void this.#client.dispose();
  }

  #configure(): void {
    this.#tell(optionsNotification, languageOptions(this.host));
  }

  /** Lenses and hints are others now, for a reason that the server does not know. */
  #askAgain(): void {
    const recipe = vscode.workspace.textDocuments.find((document) => vscode.languages.match(documentSelector, document) > 0);
    if (!recipe) return;
    this.#client.getFeature(CodeLensRequest.method)?.getProvider(recipe)?.onDidChangeCodeLensEmitter.fire();
    this.#client.getFeature(InlayHintRequest.method)?.getProvider(recipe)?.onDidChangeInlayHints.fire();
  }

  #tell(method: string, said: unknown): void {
    // A server that is just starting is told by its `initializationOptions`.
    if (this.#client.isRunning()) void this.#client.sendNotification(method, said);
  }
}

function serverOptions(module: string): ServerOptions {
  const runtime = nodePath();
  // What is read of models lives for a moment: a small nursery keeps the server's memory small.
  return { module, transport: TransportKind.ipc, options: { execArgv: ['--max-semi-space-size=2'] }, ...(runtime ? { runtime } : {}) };
}

function clientOptions(host: Host, definitions: FollowDefinition): LanguageClientOptions {
  return {
    documentSelector,
    diagnosticCollectionName: 'lathe',
    outputChannel: host.output,
    // A server that fails does so in the output: nobody is interrupted while writing.
    revealOutputChannelOn: 4,
    initializationOptions: languageOptions(host),
    markdown: { isTrusted: { enabledCommands: [] }, supportHtml: false },
    middleware: {
      // What lenses do needs trust; they are there once it is given.
      provideCodeLenses: (document, token, next) =>
        vscode.workspace.isTrusted && shows('codeLens', document.uri) ? next(document, token) : [],
      provideDefinition: async (document, position, token, next) => {
        await definitions.ask(document, position);
        return next(document, position, token);
      },
      provideInlayHints: (document, range, token, next) => (shows('inlayHints', document.uri) ? next(document, range, token) : []),
    },
  };
}

function languageOptions({ context }: Host): LanguageOptions {
  const { storageUri, globalStorageUri } = context;
  return {
    trusted: vscode.workspace.isTrusted,
    runsFolder: vscode.workspace.getConfiguration('lathe').get('runsFolder', 'lathe-runs') || 'lathe-runs',
    cacheFolder: path.join(globalStorageUri.fsPath, 'models'),
    analysesFolder: path.join((storageUri ?? globalStorageUri).fsPath, 'analyses'),
    commands: true,
    suggestAgain: 'editor.action.triggerSuggest',
    drawsLayerLines: true,
  };
}
