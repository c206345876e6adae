import type { OverlayView } from '../../../protocol/view.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Overlay, OverlayFile } from '../overlay.ts';

/** Overlays as the editor draws them, as the file that every tool may read. `sha256` of the model file. */
export function overlayOfViews(views: readonly OverlayView[], { graph }: Model, sha256: string): OverlayFile {
  const overlays = views.map(({ id, label, unit, better, values, thresholds, gradient }): Overlay => {
    const figures = values.filter(([, value]) => value === null || Number.isFinite(value));
    const known = figures.flatMap(([, value]) => (value === null ? [] : [value]));
    const ends = gradient ? [gradient.worst, gradient.best] : known.length ? known : [0, 1];
    const range: [number, number] = [ends.reduce((a, b) => Math.min(a, b)), ends.reduce((a, b) => Math.max(a, b))];
    return {
      id: id.replaceAll('/', '-'),
      label,
      unit,
      better,
      values: Object.fromEntries(figures.map(([index, value]) => [graph.nodes[index]!.label, value])),
      scale: thresholds.length ? { thresholds: [...thresholds] } : { gradient: range },
    };
  });
  return { version: 1, models: [sha256], overlays };
}
