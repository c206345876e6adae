import { CodeActionKind } from 'vscode-languageserver-types';
import { short } from '../text/short.ts';
import type { RecipeAction } from './action.ts';
import { keptInFloat, layerEdits, quantizingSteps, worstLayers } from './layers.ts';
import { sectionAt } from './section.ts';

const words = ['', 'layer', 'two worst layers', 'three worst layers'];

/** "The three worst layers: /a, /b, /c", with what they were measured by. */
export function naming(names: readonly string[], { title, stale }: { title: string; stale?: string }): string {
  const list = names.map((name) => short(name, 40)).join(', ');
  const count = names.length === 1 ? 'worst layer' : words[names.length];
  return `the ${count} ${list} (${short(title, 60)}${stale === undefined ? '' : `; ${stale}`})`;
}

/** Leaves what an analysis or a run found worst in float. */
export const excludeWorst: RecipeAction = {
  id: 'exclude-worst',
  kind: CodeActionKind.RefactorRewrite,
  offer(request) {
    const section = sectionAt(request);
    if (!section || !['steps', 'layers', 'model'].includes(section.key) || quantizingSteps(request).length === 0) return [];
    const set = keptInFloat(request);
    const worst = worstLayers(request, 3, (override) => Object.keys(set).some((step) => override[step] !== false));
    if (!worst) return [];
    return [{ title: `Exclude ${naming(worst.names, worst.figures)}`, edits: () => layerEdits(request, { layers: worst.names, set }) }];
  },
};
