import type { InlayHint, Range } from 'vscode-languageserver-types';
import type { Request } from './feature.ts';
import { layerLines } from './layer-lines.ts';

/** What the lines of a recipe come to, at their ends. `layers`: the client does not draw what is known of layers itself. */
export function inlayHints(request: Request, range: Range, { layers }: { readonly layers: boolean }): InlayHint[] {
  const hints = layers ? layerHints(request) : [];
  return hints.filter(({ position: { line } }) => line >= range.start.line && line <= range.end.line);
}

function layerHints(request: Request): InlayHint[] {
  return layerLines(request).map(({ line, text, bar, worst, source, stale }) => {
    const said = [text, bar, worst].filter((part) => part !== undefined).join(' ');
    return endOfLine(request, line, stale === undefined ? said : `${said} (stale: ${stale})`, source);
  });
}

function endOfLine({ document: { text } }: Request, line: number, label: string, tooltip: string | undefined): InlayHint {
  const position = text.positionAt(text.offsetAt({ line: line + 1, character: 0 }));
  const end = position.line > line ? text.positionAt(text.offsetAt(position) - 1) : position;
  return { position: end, label, paddingLeft: true, ...(tooltip === undefined ? {} : { tooltip }) };
}
