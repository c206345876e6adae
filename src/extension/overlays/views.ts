import type { Annotations } from '../../engine/pipeline/index.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { AnalyzeDocument, AnalyzedLayer } from '../../protocol/results/analyze.ts';
import type { Width } from '../../protocol/results/common.ts';
import type { OverlayView } from '../../protocol/view.ts';

/** Places of layers by name; of several with one name the first. */
export interface LayerIndex {
  /** Of all layers. */
  readonly count: number;
  get(name: string): number | undefined;
}

/**
 * `graph`: with it layers are also found by the values they make, unless a layer is called so. Of a name with several lines the first is enough,
 * since Netron knows no more.
 */
export function layerIndex(layers: readonly { readonly name: string; readonly index: number }[], graph?: DrawableGraph): LayerIndex {
  const found = new Map<string, number>();
  const add = (name: string, index: number): void => {
    if (!found.has(name)) found.set(name, index);
  };
  for (const { name, index } of layers) add(name, index);
  for (const { name, index } of layers) add(name.split('\n', 1)[0]!, index);
  const made = graph?.edges.filter(({ from }) => from < layers.length) ?? [];
  for (const { from, value } of made) add(graph!.values[value]!.name, from);
  for (const { from, value } of made) add(graph!.values[value]!.name.split('\n', 1)[0]!, from);
  return { count: layers.length, get: (name) => found.get(name) };
}

/** Borders of colour by metric, in its unit. Others are divided by the figures themselves. */
const borders: Readonly<Record<string, readonly number[]>> = {
  sqnr: [10, 20, 30, 40], // dB; 6 dB are one bit
  cosine: [0.9, 0.97, 0.99, 0.999],
  agreement: [80, 90, 95, 99],
};

/** One overlay for each pair of widths that an analysis tried, or is trying. */
export function analysisOverlays(analysis: AnalyzeDocument, measuredAt: Date | 'running', layers: LayerIndex): OverlayView[] {
  const { method, metric, measure, unit, better } = analysis;
  const byWidths = new Map<string, AnalyzedLayer[]>();
  for (const layer of analysis.layers) {
    const key = widthsText(layer);
    byWidths.set(key, [...(byWidths.get(key) ?? []), layer]);
  }
  return [...byWidths].map(([widths, rows]): OverlayView => {
    const values = rows.flatMap((row): OverlayView['values'] => {
      const index = layers.get(row.name);
      return index === undefined ? [] : [[index, row.equal ? null : row.value]];
    });
    const figures = values.flatMap(([, value]) => (value === null || !Number.isFinite(value) ? [] : [value]));
    return {
      id: overlayId(analysis, rows[0]!),
      label: `${metricTitle(measure)}, ${widths} (${methodTitle(method)})`,
      unit,
      better,
      thresholds: [...(borders[metric] ?? evenBorders(figures))],
      values,
      origin: originOf(analysis, widths, measuredAt),
      fold: 'worst',
      analyzed: true,
    };
  });
}

/** Of the overlay that an analysis gives for the widths of one of its layers. */
export const overlayId = ({ method, metric }: AnalyzeDocument, layer: AnalyzedLayer): string =>
  `analysis/${method}/${metric}/${widthsText(layer)}`;

/** Longer words of files are cut: they stand in one line. */
const [longestLabel, longestUnit, longestWord] = [160, 16, 24];

/** The overlays of a file of figures; `id` and `origin` say where it comes from. Those that have no layer of this model are left out. */
export function fileOverlays({ overlays }: Annotations, source: { id: string; origin: string }, layers: LayerIndex): OverlayView[] {
  return overlays.flatMap(({ id, label, unit, values, classes, ...overlay }): OverlayView[] => {
    const placed = new Map<number, number | null>();
    for (const [name, value] of values) {
      const index = layers.get(name);
      if (index !== undefined && !placed.has(index)) placed.set(index, value);
    }
    if (placed.size === 0) return [];
    const others = values.length - placed.size;
    const origin = others ? `${source.origin} · ${others} of its ${values.length} figures are of no layer here` : source.origin;
    return [
      {
        ...overlay,
        id: `${source.id}/${id.slice(0, longestLabel)}`,
        label: label.slice(0, longestLabel),
        unit: unit.slice(0, longestUnit),
        ...(classes ? { classes: classes.map((entry) => ({ ...entry, label: entry.label.slice(0, longestWord) })) } : {}),
        fold: 'worst',
        values: [...placed],
        origin,
      },
    ];
  });
}

/** "w8a8"; "weights 4 bits" where the other side stayed float. */
export function widthsText({ weights, activations }: { weights: Width; activations: Width }): string {
  if (activations === 'float') return `weights ${bitsText(weights)}`;
  if (weights === 'float') return `activations ${bitsText(activations)}`;
  return typeof weights === 'number' ? `w${weights}a${activations}` : `${weights} weights, a${activations}`;
}

const bitsText = (width: Width): string => (typeof width === 'number' ? `${width} bits` : width);

const methodTitles: Readonly<Record<string, string>> = {
  tap: 'all quantized',
  isolated: 'one layer quantized',
  'leave-one-out': 'all but one quantized',
};
export const methodTitle = (method: string): string => methodTitles[method] ?? method;

const metricTitles: Readonly<Record<string, string>> = {
  sqnr: 'SQNR',
  mse: 'Mean squared error',
  cosine: 'Cosine',
  kl: 'KL divergence',
  agreement: 'Agreement',
  top1: 'Top-1',
  ap50: 'AP50',
  psnr: 'PSNR',
};
const metricTitle = (metric: string): string => metricTitles[metric] ?? metric;

/** Where a layer's error was measured, on how much, when, and what all layers together give. */
function originOf({ method, samples, baseline, unit }: AnalyzeDocument, widths: string, measuredAt: Date | 'running'): string {
  const place = method === 'tap' ? "error of each layer's own output" : "effect at the network's output";
  const all = baseline.find(
    ({ model, weights = 'float', activations = 'float' }) => model === 'quantized' && widthsText({ weights, activations }) === widths,
  );
  const together = typeof all?.value === 'number' ? ` · all layers together ${Number(all.value.toPrecision(3))} ${unit}`.trimEnd() : '';
  const when = measuredAt === 'running' ? 'being measured' : `${measuredAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${methodTitle(method)}, ${place} · ${samples} pictures · ${when}${together}`;
}

/** Four borders that part the figures evenly. */
function evenBorders(figures: readonly number[]): number[] {
  const sorted = [...figures].sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  return low === undefined || high === undefined || low === high ? [] : between(low, high);
}

const between = (low: number, high: number): number[] => [1, 2, 3, 4].map((part) => low + ((high - low) * part) / 5);
