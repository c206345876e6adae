import type { TriedWidths } from '../../protocol/job.ts';
import type { AnalyzeDocument, AnalyzedLayer } from '../../protocol/results/analyze.ts';

/** Widths that an analysis tried, each once. */
export function widthsOf({ layers }: AnalyzeDocument): TriedWidths[] {
  const tried = layers.map(({ weights, activations }): TriedWidths => {
    return { weights, activations: typeof activations === 'number' ? activations : 'float' };
  });
  return [...new Map(tried.map((widths) => [JSON.stringify(widths), widths])).values()];
}

/** An analysis with the figures of some of its layers measured anew, worst first again. Both are by one method and metric. */
export function mergeAnalysis(before: AnalyzeDocument, now: AnalyzeDocument): AnalyzeDocument {
  const key = ({ name, weights, activations }: AnalyzedLayer): string => JSON.stringify([name, weights, activations]);
  const fresh = new Set(now.layers.map(key));
  const names = new Set([...now.layers, ...now.notAnalyzed].map(({ name }) => name));
  const worse = now.better === 'high' ? 1 : -1;
  // A layer without error is the best of all.
  const rank = ({ value, equal }: AnalyzedLayer): number => (equal || value === null ? Infinity : worse * Number(value));
  return {
    ...now,
    baseline: now.baseline.length ? now.baseline : before.baseline,
    layers: [...now.layers, ...before.layers.filter((layer) => !fresh.has(key(layer)))].sort((a, b) => rank(a) - rank(b)),
    notAnalyzed: [...now.notAnalyzed, ...before.notAnalyzed.filter(({ name }) => !names.has(name))],
  };
}
