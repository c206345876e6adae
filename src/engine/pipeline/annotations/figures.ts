import type { AnalyzedLayer } from '../../../protocol/results/analyze.ts';
import { findMethod } from '../../sensitivity/index.ts';
import type { Analysis } from '../../sensitivity/types.ts';

/** The figures of one width: what a file of annotations shows at once. */
export interface WidthFigures {
  /** "w8a8", "w4", "a8". */
  readonly name: string;
  /** "Sensitivity (isolated, SQNR, w8a8)". */
  readonly label: string;
  readonly unit: string;
  /** Which figures are of layers that take quantization well. */
  readonly better: 'high' | 'low';
  readonly layers: readonly AnalyzedLayer[];
}

/** One entry for each width, in the order in which they come. */
export function byWidth(analysis: Analysis): WidthFigures[] {
  const groups = new Map<string, AnalyzedLayer[]>();
  for (const layer of analysis.layers) {
    const name = `${layer.weights === 'float' ? '' : `w${layer.weights}`}${layer.activations === 'float' ? '' : `a${layer.activations}`}`;
    groups.set(name, [...(groups.get(name) ?? []), layer]);
  }
  const { method, measure, unit } = analysis;
  // A layer whose absence makes the answers better is one that takes quantization badly.
  const better = (analysis.better === 'high') === !findMethod(method)?.inverted ? 'high' : 'low';
  return [...groups].map(([name, layers]) => ({
    name,
    label: `Sensitivity (${method}, ${shown(measure)}, ${name})`,
    unit,
    better,
    layers,
  }));
}

const shown = (measure: string): string => (measure === 'sqnr' || measure === 'mse' || measure === 'kl' ? measure.toUpperCase() : measure);
