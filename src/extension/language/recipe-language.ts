import * as vscode from 'vscode';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import type { RecipeClient } from './client.ts';

const languageId = 'compression-config';

/** The language of recipes: its server starts with the first one that is opened, and not before. */
export class RecipeLanguage implements vscode.Disposable {
  #client: Promise<RecipeClient | undefined> | undefined;
  readonly #subscriptions: vscode.Disposable[] = [];

  constructor(private readonly host: Host) {
    const look = (document: vscode.TextDocument): void => {
      if (document.languageId === languageId && document.uri.scheme === 'file') void this.#start();
    };
    this.#subscriptions.push(vscode.workspace.onDidOpenTextDocument(look));
    vscode.workspace.textDocuments.forEach(look);
  }

  /** Starts the server anew, as after an update of its files; first of all where none runs. */
  async restart(): Promise<void> {
    const running = await this.#client;
    if (running) await running.restart();
    else {
      this.#client = undefined;
      await this.#start();
    }
  }

  dispose(): void {
    for (const disposable of this.#subscriptions) disposable.dispose();
    void this.#client?.then((client) => client?.dispose());
  }

  #start(): Promise<RecipeClient | undefined> {
    return (this.#client ??= reporting(this.host.output, 'Language server of recipes', async () => {
      const { RecipeClient: Client } = await import('./client.ts');
      const client = new Client(this.host);
      await client.start();
      return client;
    }));
  }
}
