import {
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type ServerCapabilities,
  type TextDocumentIdentifier,
} from 'vscode-languageserver/node';
import { documentSymbols } from './service/symbols.ts';
import { foldingRanges } from './service/folding.ts';
import { selectionRanges } from './service/selection-ranges.ts';
import type { Request } from './service/feature.ts';
import { hover } from './service/hover/index.ts';

/** What the client is told that this server can do. One line a feature, beside its line in `registerFeatures`. */
export const capabilities: ServerCapabilities = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  hoverProvider: true,
  documentSymbolProvider: { label: 'Recipe' },
  foldingRangeProvider: true,
  selectionRangeProvider: true,
};

/** Makes a handler of the protocol from a feature: finds the document, gives it what is known, ends when the client asks no more. */
export type On = <Params extends { textDocument: TextDocumentIdentifier }, Result>(
  feature: (request: Request, params: Params) => Result,
) => (params: Params, token: CancellationToken) => Result | null;

/** Every request about a document, one line each: `connection.onHover(on((request, { position }) => hover(request, position)));` */
export function registerFeatures(connection: Connection, on: On): void {
  connection.onHover(on((request, { position }) => hover(request, position)));
  connection.onDocumentSymbol(on(documentSymbols));
  connection.onFoldingRanges(on(foldingRanges));
  connection.onSelectionRanges(on((request, { positions }) => selectionRanges(request, positions)));
}
