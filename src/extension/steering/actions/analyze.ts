import type { RunAction } from './action.ts';
import { hasWeights, indices } from './roles.ts';

/** Measures the selected layers as the last analysis did, or asks how. */
export const analyzeLayers: RunAction = {
  kind: 'run',
  id: 'analyze-layers',
  on: 'layers',
  offer({ canRun, layers }) {
    const able = indices(layers, hasWeights);
    if (!canRun || able.length === 0) return undefined;
    return { title: 'Analyze now', detail: 'What fewer bits do to this layer, as in the last analysis.', layers: able };
  },
  call: ({ model, layers }) => ({ command: 'lathe.analyze', arguments: [model, [...layers]] }),
};

export const analyzeModel: RunAction = {
  kind: 'run',
  id: 'analyze',
  on: 'model',
  offer: ({ canRun }) => (canRun ? { title: 'Analyze…', detail: 'What fewer bits do to each layer. Needs pictures.' } : undefined),
  call: ({ model }) => ({ command: 'lathe.analyze', arguments: [model] }),
};
