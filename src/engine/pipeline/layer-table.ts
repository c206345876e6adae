import type { CodedLayer } from '../../protocol/results/run.ts';
import type { LayerCost } from '../ops/cost.ts';
import type { ComparedLayers } from './compare-stage.ts';
import type { Overlay, OverlayFile } from './overlay.ts';
import type { LayerRow } from './steps/step.ts';

/** dB at which the colours of the error overlay change: below 10 a layer is broken, above 40 hardly anything is lost. */
const sqnrThresholds = [10, 20, 30, 40];

/** One row for each layer of the recipe's model: what it costs, what the steps did to it and how far its output moved. */
export function layerTable(
  costs: readonly LayerCost[],
  done: readonly LayerRow[],
  kept: readonly { readonly name: string; readonly reason: string }[],
  compared: Pick<ComparedLayers, 'layers' | 'histograms'> | undefined,
  coded?: ReadonlyMap<string, CodedLayer>,
): LayerRow[] {
  const byName = new Map(done.map((row) => [row.name, row]));
  const reasons = new Map(kept.map(({ name, reason }) => [name, reason]));
  const errors = new Map(compared?.layers.map((row) => [row.a, row]));
  return costs.map(({ label, op, outputShape, parameters, macs }) => {
    const row: Record<string, unknown> = { ...byName.get(label) };
    const reason = reasons.get(label);
    if (reason !== undefined) row['notQuantized'] = reason;
    const error = errors.get(label);
    if (error) {
      const { sqnrDb, equal, cosine, maxAbs, meanShift } = error;
      row['error'] = { sqnrDb, ...(equal ? { equal } : {}), cosine, maxAbs, meanShift };
    }
    const histogram = compared?.histograms[label];
    if (histogram) row['histogram'] = histogram;
    const size = coded?.get(label);
    if (size) row['coded'] = size;
    return { ...row, name: label, op, outputShape, parameters, macs };
  });
}

/** The overlay file of a run. `models`: sha256 of the files whose nodes have these names. */
export function overlayOf(rows: readonly LayerRow[], recipeHash: string, models: readonly string[]): OverlayFile {
  const overlays: Overlay[] = [
    {
      id: 'sqnr',
      label: rows.some((row) => row['weights']) ? 'Quantization error (SQNR)' : 'Error of the output (SQNR)',
      unit: 'dB',
      better: 'high',
      values: valuesOf(rows, (row) => (row['error'] as { sqnrDb: number | null } | undefined)?.sqnrDb),
      scale: { thresholds: sqnrThresholds },
    },
    {
      id: 'weight-bits',
      label: 'Bits of the weights',
      unit: 'bits',
      better: 'low',
      values: valuesOf(rows, (row) => (row['weights'] as { bits: number } | null | undefined)?.bits),
      scale: { thresholds: [2, 4, 8, 16] },
    },
    {
      id: 'channels-left',
      label: 'Channels left by pruning',
      unit: '%',
      better: 'high',
      values: valuesOf(rows, (row) => channelsLeft(row['channels'] as { before: number; after: number } | undefined)),
      scale: { thresholds: [25, 50, 75, 99] },
    },
    {
      id: 'zeros',
      label: 'Weights that are zero',
      unit: '%',
      better: 'high',
      values: valuesOf(rows, (row) => percentOf(row['coded'] as CodedLayer | undefined)),
      scale: { thresholds: [10, 25, 50, 75] },
    },
  ];
  const filled = overlays.filter(({ values }) => Object.keys(values).length > 0);
  return { version: 1, models: [...models], run: recipeHash, overlays: filled };
}

const channelsLeft = (channels: { before: number; after: number } | undefined): number | undefined =>
  channels && channels.before > 0 ? (100 * channels.after) / channels.before : undefined;

const percentOf = (coded: CodedLayer | undefined): number | undefined => coded && 100 * coded.zeros;

/** By layer name; layers of which nothing is known, or nothing finite, are left out. */
function valuesOf(rows: readonly LayerRow[], figure: (row: LayerRow) => number | null | undefined): Overlay['values'] {
  const entries = rows.flatMap((row): [string, number | null][] => {
    const value = figure(row);
    return value === undefined || (value !== null && !Number.isFinite(value)) ? [] : [[row.name, value]];
  });
  return Object.fromEntries(entries);
}
