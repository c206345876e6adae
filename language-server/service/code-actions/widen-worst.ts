import { CodeActionKind } from 'vscode-languageserver-types';
import { findTarget, targets } from '../../../src/engine/targets/index.ts';
import { scalarAt, targetName } from '../written.ts';
import type { RecipeAction } from './action.ts';
import { naming } from './exclude-worst.ts';
import { layerEdits, quantizingSteps, worstLayers } from './layers.ts';
import { sectionAt } from './section.ts';

/** Gives what an analysis or a run found worst 8 bits, where the step takes fewer. */
export const widenWorst: RecipeAction = {
  id: 'widen-worst',
  kind: CodeActionKind.RefactorRewrite,
  offer(request) {
    const step = quantizingSteps(request).find(({ name }) => name === 'quantize');
    const section = sectionAt(request);
    if (!step || !section || !['steps', 'layers', 'model'].includes(section.key)) return [];
    const width = scalarAt(request.document, ['steps', step.index, step.name, 'weights']);
    const target = findTarget(targetName(request.document)) ?? targets[0]!;
    const allowed = target.settings['quantize']?.['weights']?.allowed;
    const isNarrow = (value: unknown): boolean => (typeof value === 'number' && value < 8) || value === 'ternary' || value === 'binary';
    if (allowed && !allowed.includes(8)) return [];
    const worst = worstLayers(request, 3, (override) => override['quantize'] !== false && isNarrow(override['weights'] ?? width));
    if (!worst) return [];
    const change = { layers: worst.names, set: { weights: 8 } };
    return [{ title: `Give 8 bits to ${naming(worst.names, worst.figures)}`, edits: () => layerEdits(request, change) }];
  },
};
