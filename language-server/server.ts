import type { CancellationToken, Connection, InitializeParams } from 'vscode-languageserver/node';
import { capabilities, registerFeatures, type On } from './features.ts';
import { diagnostics } from './service/diagnostics.ts';
import { refresher, tellLayerLines } from './editor-side.ts';
import type { Facts } from './service/facts.ts';
import { LanguageService } from './service/service.ts';

/** Diagnostics wait until this long after the last keystroke, in milliseconds. */
const quiet = 30;

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
  const timers = new Map<string, NodeJS.Timeout>();

  const publish = (uri: string): void => {
    timers.delete(uri);
    const document = service?.document(uri);
    const found = service?.answer(uri, new AbortController().signal, (request) => diagnostics(request, pages));
    if (document && found) void connection.sendDiagnostics({ uri, version: document.version, diagnostics: found });
    service?.answer(uri, new AbortController().signal, (request) => tellLayerLines(connection, initialized, request));
  };
  const publishSoon = (uri: string, delay = quiet): void => {
    clearTimeout(timers.get(uri));
    timers.set(uri, setTimeout(publish, delay, uri));
  };

  connection.onInitialize((client) => {
    initialized = client;
    service = new LanguageService(facts(client));
    const refresh = refresher(connection, client);
    service.facts.onDidChange(() => {
      refresh();
      for (const { uri } of service?.documents ?? []) publishSoon(uri);
    });
    return { capabilities, serverInfo: { name: 'Lathe' } };
  });
  connection.onDidOpenTextDocument(({ textDocument: { uri, version, text } }) => {
    service?.open(uri, version, text);
    publishSoon(uri, 0);
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    if (service?.change(uri, version, contentChanges)) publishSoon(uri);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    clearTimeout(timers.get(uri));
    timers.delete(uri);
    service?.close(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  connection.onShutdown(() => timers.forEach((timer) => clearTimeout(timer)));

  const on: On = (feature) => (params, token) =>
    service?.answer(params.textDocument.uri, signalOf(token), (request) => feature(request, params)) ?? null;
  registerFeatures(connection, on, () => initialized);
  connection.listen();
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
