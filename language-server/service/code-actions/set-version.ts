import { CodeActionKind } from 'vscode-languageserver-types';
import { isMap } from 'yaml';
import { literals } from '../../../src/engine/recipe/describe.ts';
import { indentOf, lineBreak, startOf } from '../../../src/engine/recipe/edit-map.ts';
import { endOf } from '../../../src/engine/recipe/layer-entries.ts';
import { recipeDeclaration } from '../schema/schema-at.ts';
import { nodeAt, scalarAt } from '../written.ts';
import type { RecipeAction } from './action.ts';
import { isJson } from './json.ts';

/** The version of recipes that this engine reads. */
const newest = literals((recipeDeclaration['properties'] as Record<string, typeof recipeDeclaration>)['version']!)[0] as number;

/** Says the version that this engine reads, where the recipe says none, or an older one. */
export const setVersion: RecipeAction = {
  id: 'set-version',
  kind: CodeActionKind.QuickFix,
  offer(request) {
    const { document } = request;
    const root = nodeAt(document, []);
    const version = scalarAt(document, ['version']);
    const isNewer = typeof version === 'number' && version > newest;
    if (!isMap(root) || root.items.length === 0 || version === newest || isNewer) return [];
    const text = document.text.getText();
    const key = isJson(text) ? '"version"' : 'version';
    const pair = root.items.find(({ key: name }) => String(name) === 'version');
    // There the problem has the same among its ways out.
    if (pair && typeof version === 'number' && request.from >= startOf(pair) && request.to <= endOf(pair, text)) return [];
    const first = root.items[0]!;
    const inserted = `${key}: ${newest}${root.flow ? ', ' : lineBreak(text) + (indentOf(text, startOf(first)) ?? '')}`;
    return [
      {
        title: pair ? `Upgrade to version ${newest}` : `Add version: ${newest}`,
        edits: () =>
          pair
            ? [{ from: startOf(pair), to: endOf(pair, text), text: `${key}: ${newest}` }]
            : [{ from: startOf(first), to: startOf(first), text: inserted }],
      },
    ];
  },
};
