// What a client is told without asking: figures beside lines, and that lenses and hints are others now.
import { CodeLensRefreshRequest, type Connection, type InitializeParams } from 'vscode-languageserver/node';
import { layerLinesNotification, type LanguageOptions, type LayerLines } from '../src/protocol/language.ts';
import type { Request } from './service/feature.ts';
import { layerLines } from './service/layer-lines.ts';

/** Facts come in bursts: the client is asked to look again once they have come to rest, after so many milliseconds. */
const restMs = 150;

type Options = Required<Pick<LanguageOptions, 'commands' | 'drawsLayerLines'>>;

/** What the client said that it does itself. Foreign data: any client may have written it. */
export function clientOptions(client: InitializeParams | undefined): Options {
  const said: unknown = client?.initializationOptions;
  const { commands, drawsLayerLines } = (typeof said === 'object' && said !== null ? said : {}) as Record<keyof Options, unknown>;
  return { commands: commands === true, drawsLayerLines: drawsLayerLines === true };
}

/** Sends the figures of an open recipe's layers to a client that draws them. */
export function tellLayerLines(connection: Connection, client: InitializeParams | undefined, request: Request): void {
  if (!clientOptions(client).drawsLayerLines) return;
  const { uri, version } = request.document;
  void connection.sendNotification(layerLinesNotification, { uri, version, lines: layerLines(request) } satisfies LayerLines);
}

/** Returns what asks the client for lenses and hints again, as far as it can be asked. */
export function refresher(connection: Connection, { capabilities: { workspace } }: InitializeParams): () => void {
  let timer: NodeJS.Timeout | undefined;
  const refresh = (): void => {
    if (workspace?.codeLens?.refreshSupport) void connection.sendRequest(CodeLensRefreshRequest.type);
    if (workspace?.inlayHint?.refreshSupport) void connection.languages.inlayHint.refresh();
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, restMs);
    timer.unref();
  };
}
