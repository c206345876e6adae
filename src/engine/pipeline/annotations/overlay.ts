import type { Analysis } from '../../sensitivity/types.ts';
import type { Overlay, OverlayFile } from '../overlay.ts';
import { byWidth } from './figures.ts';

/** dB at which the colours change: below 10 a layer breaks the network, above 40 hardly anything is lost. */
const sqnrThresholds = [10, 20, 30, 40];

/** The overlay file of an analysis: one overlay for each width. `sha256` of the model file. */
export function analysisOverlay(analysis: Analysis, sha256: string): OverlayFile {
  const { method, measure } = analysis;
  const overlays = byWidth(analysis).map(({ name, label, unit, better, layers }): Overlay => {
    const figures = layers.filter(({ value }) => value === null || Number.isFinite(value));
    const known = figures.flatMap(({ value }) => (value === null ? [] : [value]));
    const [least, greatest] = [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), -Infinity)];
    const range: [number, number] = known.length ? [least, greatest] : [0, 1];
    return {
      id: `${method}-${measure}-${name}`,
      label,
      unit,
      better,
      values: Object.fromEntries(figures.map((layer) => [layer.name, layer.value])),
      scale: measure === 'sqnr' ? { thresholds: sqnrThresholds } : { gradient: range },
    };
  });
  return { version: 1, models: [sha256], overlays };
}
