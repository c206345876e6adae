import { CodeActionKind } from 'vscode-languageserver-types';
import { keyText } from '../../../src/engine/recipe/branch.ts';
import { layerMatcher } from '../../../src/engine/recipe/layers.ts';
import { short } from '../text/short.ts';
import type { RecipeAction } from './action.ts';
import { keptInFloat, layerEdits, layerNames, overrides } from './layers.ts';
import { sectionAt } from './section.ts';

/** Leaves the layers of the entry at the cursor out of quantization, or takes that back. */
export const keepInFloat: RecipeAction = {
  id: 'keep-in-float',
  kind: CodeActionKind.RefactorRewrite,
  offer(request) {
    const section = sectionAt(request);
    const pattern = section?.key === 'layers' && section.item ? keyText(section.item.key) : undefined;
    const set = keptInFloat(request);
    const keys = Object.keys(set);
    if (pattern === undefined || keys.length === 0) return [];
    const names = layerNames(request);
    const layers = names.length || pattern.includes('*') ? layerMatcher(names)(pattern) : [pattern];
    if (layers.length === 0) return [];
    const said = overrides(request);
    const isOut = layers.every((name) => keys.every((key) => said.get(name)?.[key] === false));
    const title = isOut ? `Quantize ${short(pattern, 60)} again` : `Keep ${short(pattern, 60)} in float`;
    return [{ title, edits: () => layerEdits(request, { layers, ...(isOut ? { unset: keys } : { set }) }) }];
  },
};
