import { CompletionItemKind } from 'vscode-languageserver-types';
import { short } from '../text/short.ts';
import type { CompletionSource } from './completion.ts';

const mostNames = 100;

/** What `&name` stands before elsewhere in the text, where a value begins with `*`. */
export const anchorCompletions: CompletionSource = (spot, { cursor, request }) => {
  const isWanted = spot.as === 'value' && !cursor.isJson && !cursor.quote && cursor.typed.startsWith('*');
  const names = isWanted ? [...request.document.tree.anchors.keys()].slice(0, mostNames) : [];
  return names.map((name, rank) => ({
    label: short(`*${name}`, 80),
    kind: CompletionItemKind.Reference,
    parts: [`*${name}`],
    rank,
    documentation: 'The same as where its anchor stands.',
  }));
};
