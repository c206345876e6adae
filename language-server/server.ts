import { ErrorCodes, ResponseError, type CancellationToken, type Connection, type InitializeParams } from 'vscode-languageserver/node';
import { capabilities, registerFeatures, type On } from './features.ts';
import { diagnostics } from './service/diagnostics.ts';
import { refresher, tellLayerLines } from './editor-side.ts';
import { Schedule } from './schedule.ts';
import type { Facts } from './service/facts.ts';
import type { Request } from './service/feature.ts';
import { LanguageService } from './service/service.ts';
import { registerWorkspaceSymbols } from './workspace-symbols.ts';

/** Facts come in crowds: so long is waited for more of them, in milliseconds. */
const factsPause = 50;

/** What a server needs besides the connection. */
export interface ServerParts {
  /** Makes what is known of the world, once the client has said which folders are open. */
  facts(client: InitializeParams): Facts;
  /** Where the pages on problems are: `docs/reference/problems.md` as a URL. */
  readonly pages?: string;
}

/** Answers a client until the connection ends. */
export function serve(connection: Connection, { facts, pages }: ServerParts): void {
  let service: LanguageService | undefined;
  let initialized: InitializeParams | undefined;
  let ended = false;

  const publish = (uri: string): void => {
    const document = service?.document(uri);
    if (!document) return;
    const ask = <T>(feature: (request: Request) => T): T | undefined => service?.answer(uri, new AbortController().signal, feature);
    try {
      const found = ask((request) => diagnostics(request, pages));
      if (found) void connection.sendDiagnostics({ uri, version: document.version, diagnostics: found });
      ask((request) => tellLayerLines(connection, initialized, request));
    } catch (error) {
      // The next keystroke gets an answer again.
      connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  };
  const schedule = new Schedule(publish, () => performance.now());

  connection.onInitialize((client) => {
    initialized = client;
    service = new LanguageService(facts(client));
    const refresh = refresher(connection, client);
    service.facts.onDidChange(() => {
      refresh();
      for (const { uri } of service?.documents ?? []) schedule.soon(uri, factsPause);
    });
    return { capabilities, serverInfo: { name: 'Lathe' } };
  });
  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => {
    service?.open(uri, version, text);
    schedule.soon(uri);
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    if (service?.change(uri, version, contentChanges)) schedule.soon(uri);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    schedule.drop(uri);
    service?.close(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  connection.onShutdown(() => {
    ended = true;
    schedule.dispose();
  });

  const on: On = (feature) => (params, token) => {
    if (!service) return new ResponseError(ErrorCodes.ServerNotInitialized, 'the client has not said initialize yet');
    if (ended) return new ResponseError(ErrorCodes.InvalidRequest, 'the client has said shutdown');
    return service.answer(params.textDocument.uri, signalOf(token), (request) => feature(request, params)) ?? null;
  };
  registerFeatures(connection, on, () => initialized);
  registerWorkspaceSymbols(connection, () => (ended ? undefined : service));
  connection.listen();
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
