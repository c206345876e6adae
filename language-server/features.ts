import {
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeParams,
  type ServerCapabilities,
  type TextDocumentIdentifier,
} from 'vscode-languageserver/node';
import { documentSymbols } from './service/symbols.ts';
import { foldingRanges } from './service/folding.ts';
import { selectionRanges } from './service/selection-ranges.ts';
import { highlights, references } from './service/references.ts';
import { prepareRename, rename } from './service/rename.ts';
import { definition } from './service/definition.ts';
import { documentLinks } from './service/links.ts';
import { codeLenses } from './service/code-lens.ts';
import { inlayHints } from './service/inlay-hints.ts';
import { clientOptions } from './editor-side.ts';
import { LatheError } from '../src/engine/base/errors.ts';
import { codeActions, resolveAction, type ActionData } from './service/code-actions/index.ts';
import { quickFixes } from './service/quick-fixes.ts';
import { semanticTokens, semanticTokensLegend } from './service/semantic-tokens.ts';
import { format } from './service/format/format.ts';
import type { Request } from './service/feature.ts';
import { hover } from './service/hover/index.ts';
import { completion } from './service/completion/completion.ts';
import { completionClient } from './service/completion/client.ts';

/** What the client is told that this server can do. One line a feature, beside its line in `registerFeatures`. */
export const capabilities: ServerCapabilities = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  hoverProvider: true,
  codeLensProvider: {},
  inlayHintProvider: true,
  completionProvider: { triggerCharacters: [' ', '"', "'", '/', '*', ':', '{', '[', ','], completionItem: { labelDetailsSupport: true } },
  documentSymbolProvider: { label: 'Recipe' },
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  definitionProvider: true,
  documentLinkProvider: {},
  codeActionProvider: { codeActionKinds: ['quickfix', 'refactor', 'source'], resolveProvider: true },
  workspaceSymbolProvider: true,
  semanticTokensProvider: { legend: semanticTokensLegend, full: true, range: true },
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
};

/** Makes a handler of the protocol from a feature: finds the document, gives it what is known, ends when the client asks no more. */
export type On = <Params extends { textDocument: TextDocumentIdentifier }, Result>(
  feature: (request: Request, params: Params) => Result,
) => (params: Params, token: CancellationToken) => Result | ResponseError | null;

/** Every request about a document, one line each: `connection.onHover(on((request, { position }) => hover(request, position)));` */
export function registerFeatures(connection: Connection, on: On, client: () => InitializeParams | undefined): void {
  connection.onCompletion(on((request, { position }) => completion(request, position, completionClient(client()))));
  connection.onCodeLens(on((request) => (clientOptions(client()).commands ? codeLenses(request) : [])));
  connection.languages.inlayHint.on(
    on((request, { range }) => inlayHints(request, range, { layers: !clientOptions(client()).drawsLayerLines })),
  );
  connection.onHover(on((request, { position }) => hover(request, position)));
  connection.onDocumentSymbol(on(documentSymbols));
  connection.onFoldingRanges(on(foldingRanges));
  connection.onSelectionRanges(on((request, { positions }) => selectionRanges(request, positions)));
  connection.onReferences(
    on((request, { position, context }) => references(request, request.document.text.offsetAt(position), context.includeDeclaration)),
  );
  connection.onDocumentHighlight(on((request, { position }) => highlights(request, request.document.text.offsetAt(position))));
  connection.onPrepareRename(on((request, { position }) => prepareRename(request, request.document.text.offsetAt(position))));
  connection.onRenameRequest(
    on((request, { position, newName }) => orRefusal(() => rename(request, request.document.text.offsetAt(position), newName))),
  );
  connection.onDefinition(on((request, { position }) => definition(request, request.document.text.offsetAt(position))));
  connection.onDocumentLinks(on((request) => documentLinks(request, clientOptions(client()))));
  connection.onCodeAction(
    on((request, { range, context: { only } }) => [
      ...quickFixes(request, range, only),
      ...codeActions(request, range, { only, canResolve: canResolveEdits(client()) }),
    ]),
  );
  connection.onCodeActionResolve((action, token) => {
    const data = action.data as ActionData | undefined;
    return (data && on((request) => resolveAction(request, action))({ textDocument: { uri: data.uri } }, token)) ?? action;
  });
  connection.languages.semanticTokens.on(on((request) => semanticTokens(request)));
  connection.languages.semanticTokens.onRange(on((request, { range }) => semanticTokens(request, range)));
  connection.onDocumentFormatting(on((request, { options }) => format(request, options)));
  connection.onDocumentRangeFormatting(on((request, { options, range }) => format(request, options, range)));
}

/** What a user asked for and can't have is said to them; it is no failure of the server. */
function orRefusal<T>(answer: () => T): T | ResponseError {
  try {
    return answer();
  } catch (error) {
    if (error instanceof LatheError) return new ResponseError(LSPErrorCodes.RequestFailed, error.message);
    throw error;
  }
}

const canResolveEdits = (client: InitializeParams | undefined): boolean =>
  client?.capabilities.textDocument?.codeAction?.resolveSupport?.properties.includes('edit') ?? false;
