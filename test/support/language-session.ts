import type { Connection } from 'vscode-languageserver/node';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { registerFeatures, type On } from '../../language-server/features.ts';
import { diagnostics } from '../../language-server/service/diagnostics.ts';
import type { Facts } from '../../language-server/service/facts.ts';
import { LanguageService } from '../../language-server/service/service.ts';

/** Answers a request of the protocol. */
export type Handler = (params: unknown) => unknown;

const token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => {} }) };

/** Every feature that the server registers, without server and client: what a new one is called by its line in `registerFeatures` alone. */
export class LanguageSession {
  readonly service: LanguageService;
  /** By the name of what registers them: "onHover", "languages.inlayHint.on". */
  readonly handlers: ReadonlyMap<string, Handler>;

  constructor(facts: Facts) {
    this.service = new LanguageService(facts);
    const handlers = new Map<string, Handler>();
    const on: On = (feature) => (params) =>
      this.service.answer(params.textDocument.uri, new AbortController().signal, (request) => feature(request, params)) ?? null;
    const capabilities = { textDocument: { codeAction: { resolveSupport: { properties: ['edit'] } } } };
    const initialize = { processId: null, rootUri: null, capabilities, initializationOptions: { commands: true } };
    registerFeatures(recorder(handlers), on, () => initialize);
    this.handlers = handlers;
  }

  /** What a client may ask about a place, diagnostics among it, by name: everything, or what is named. `took` does each. */
  ask(uri: string, offset: number, took: (name: string, work: () => unknown) => void, named?: readonly string[]): void {
    const document = this.service.document(uri)!;
    const position = document.text.positionAt(offset);
    const range = { start: position, end: position };
    const params = {
      textDocument: { uri },
      position,
      positions: [position],
      range,
      context: { diagnostics: [], includeDeclaration: true },
      newName: 'renamed',
      options: { tabSize: 2, insertSpaces: true },
      query: 'conv',
    };
    const wanted = (name: string): boolean => (named ? named.includes(name) : !name.endsWith('Resolve'));
    if (wanted('diagnostics'))
      took('diagnostics', () => this.service.answer(uri, new AbortController().signal, (request) => diagnostics(request)));
    for (const [name, handler] of this.handlers) if (wanted(name)) took(name, () => handler(params));
  }

  change(uri: string, version: number, changes: TextDocumentContentChangeEvent[]): void {
    this.service.change(uri, version, changes);
    // As the first feature that is asked does.
    void this.service.document(uri)?.tree;
  }
}

/** A connection that only remembers who wants to answer what. */
function recorder(handlers: Map<string, Handler>, prefix = ''): Connection {
  return new Proxy(() => {}, {
    get: (_, name) => recorder(handlers, prefix ? `${prefix}.${String(name)}` : String(name)),
    apply(_, __, [handler]: [unknown]) {
      if (typeof handler === 'function')
        handlers.set(prefix, (params) => (handler as (params: unknown, given: unknown) => unknown)(params, token));
    },
  }) as unknown as Connection;
}
