import { CodeActionKind } from 'vscode-languageserver-types';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { editLayers } from '../../../src/engine/recipe/edit-layers.ts';
import { applyEdits, type TextEdit } from '../../../src/engine/recipe/edit-map.ts';
import { overridesByLayer } from '../../../src/engine/recipe/layer-entries.ts';
import type { LayerChange } from '../../../src/engine/recipe/plan-layers.ts';
import { short } from '../text/short.ts';
import type { RecipeAction } from './action.ts';
import { layerNames, overrides } from './layers.ts';
import { sectionAt } from './section.ts';

/** Gives every layer the width that the newest search for this recipe found. */
export const foundWidths: RecipeAction = {
  id: 'found-widths',
  kind: CodeActionKind.RefactorRewrite,
  offer(request) {
    const { document, facts } = request;
    const section = sectionAt(request);
    const found = document.file === undefined ? undefined : facts.foundWidths(document.file);
    if (!found || !section || !['steps', 'layers', 'model'].includes(section.key)) return [];
    const names = layerNames(request);
    const [said, wanted] = [overrides(request), overridesByLayer(found.entries, names)];
    const different = names.filter((name) => said.get(name)?.['weights'] !== wanted.get(name)?.['weights']);
    if (different.length === 0) return [];
    const byWidth = new Map<unknown, string[]>();
    for (const name of different) {
      const width = wanted.get(name)?.['weights'];
      const alike = byWidth.get(width);
      if (alike) alike.push(name);
      else byWidth.set(width, [name]);
    }
    const changes = [...byWidth].map(([weights, layers]): LayerChange => ({
      layers,
      ...(weights === undefined ? { unset: ['weights'] } : { set: { weights } }),
    }));
    const count = different.length === 1 ? 'one layer' : `${different.length} layers`;
    const title = `Set the widths that the search found: ${count} (${short(found.title, 60)})`;
    return [{ title, edits: () => edits(document.text.getText(), changes, names) }];
  },
};

/** One change after another, as one edit of what differs in the end. */
function edits(text: string, changes: readonly LayerChange[], names: readonly string[]): readonly TextEdit[] {
  try {
    const after = changes.reduce((before, change) => applyEdits(before, editLayers(before, change, names)), text);
    return difference(text, after);
  } catch (error) {
    if (error instanceof LatheError) return [];
    throw error;
  }
}

function difference(before: string, after: string): TextEdit[] {
  if (before === after) return [];
  const shorter = Math.min(before.length, after.length);
  let [start, end] = [0, 0];
  while (start < shorter && before[start] === after[start]) start++;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return [{ from: start, to: before.length - end, text: after.slice(start, after.length - end) }];
}
