import { CompletionItemKind } from 'vscode-languageserver-types';
import { count } from '../../../src/protocol/format.ts';
import { short } from '../text/short.ts';
import { absolutePath, textAt } from '../written.ts';
import type { CompletionSource } from './completion.ts';
import { written } from './written-value.ts';

/** Longer names are nobody's to choose, and more of them are no splits. */
const longestName = 200;
const mostNames = 50;

/** What the rows of a label file say in its column of splits. */
export const splitCompletions: CompletionSource = (spot, { cursor, request: { document, facts } }) => {
  if (spot.as !== 'value' || spot.path[0] !== 'data' || spot.path.at(-1) !== 'split') return [];
  const source = spot.path.slice(0, -1);
  const folder = absolutePath(document, textAt(document, [...source, 'path']));
  const data = folder === undefined ? undefined : facts.data(folder, textAt(document, [...source, 'labels']));
  const splits = Object.entries((data?.state === 'known' && data.value.splits) || {});
  return splits
    .filter(([name]) => name.length <= longestName)
    .slice(0, mostNames)
    .map(([name, rows], rank) => ({
      label: short(name, 80),
      kind: CompletionItemKind.EnumMember,
      parts: [written(name, cursor.isJson, cursor.quote)],
      rank,
      aside: `${count(rows)} rows`,
    }));
};
