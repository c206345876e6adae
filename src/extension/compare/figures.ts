import type { StorageView } from '../../protocol/compare-messages.ts';
import type { DiffNode } from '../../protocol/diff.ts';
import { shortNumber } from '../../protocol/format.ts';
import type { CompareDocument, ComparedLayer, LayerOutputs } from '../../protocol/results/compare.ts';
import type { ChannelsView, OverlayView } from '../../protocol/view.ts';
import { isNear, shownChannels, sideLabels } from './weights-view.ts';

/** Borders of colour in dB: 6 dB are one bit. */
const decibelBorders = [10, 20, 30, 40];
const cosineBorders = [0.9, 0.97, 0.99, 0.999];

/** What weights alone say, by merged id. */
export const weightOverlay = (values: readonly [number, number | null][]): OverlayView => ({
  id: 'compare/weights',
  label: 'Error of the weights (SQNR)',
  unit: 'dB',
  better: 'high',
  thresholds: decibelBorders,
  fold: 'worst',
  values: [...values],
  origin: "weights of the second model against the first one's; no pictures",
});

/** A measurement by merged id, the error in dB first. */
export function measuredOverlays(
  { layers, samples }: CompareDocument,
  nodes: readonly DiffNode[],
  { a, b }: { readonly a: { readonly name: string }; readonly b: { readonly name: string } },
): OverlayView[] {
  const placed = placeLayers(layers, nodes);
  const origin = `output of each layer of ${b.name} against ${a.name} · ${samples} ${samples === 1 ? 'picture' : 'pictures'}`;
  const base = { better: 'high', fold: 'worst', origin } as const;
  const values = (of: (layer: ComparedLayer) => number | null): [number, number | null][] =>
    placed.map(([id, layer]) => [id, layer.equal ? null : of(layer)]);
  const largest = values(({ maxAbs }) => maxAbs);
  return [
    {
      ...base,
      id: 'compare/sqnr',
      label: 'Error of the output (SQNR)',
      unit: 'dB',
      thresholds: decibelBorders,
      values: values(({ sqnrDb }) => sqnrDb),
    },
    {
      ...base,
      id: 'compare/cosine',
      label: 'Cosine of the outputs',
      unit: '',
      thresholds: cosineBorders,
      values: values(({ cosine }) => cosine),
    },
    {
      ...base,
      better: 'low',
      id: 'compare/largest',
      label: 'Largest difference of the outputs',
      unit: '',
      thresholds: [],
      gradient: gradientOf(largest),
      values: largest,
    },
  ];
}

function gradientOf(values: readonly [number, number | null][]): NonNullable<OverlayView['gradient']> {
  const figures = values.flatMap(([, value]) => (value !== null && Number.isFinite(value) && value > 0 ? [value] : []));
  if (figures.length === 0) return { worst: 1, best: 0, log: false };
  return { worst: figures.reduce((x, y) => Math.max(x, y)), best: figures.reduce((x, y) => Math.min(x, y)), log: true };
}

/** The merged node of each measured layer. Names need not be unique: layers of one name are taken in their order. */
function placeLayers(layers: readonly ComparedLayer[], nodes: readonly DiffNode[]): [number, ComparedLayer][] {
  const key = (a: string, b: string): string => `${a}\n${b}`;
  const byNames = new Map<string, number[]>();
  nodes.forEach(({ a, b, names }, id) => {
    if (a < 0 || b < 0) return;
    const text = key(names.a, names.b);
    const ids = byNames.get(text);
    if (ids) ids.push(id);
    else byNames.set(text, [id]);
  });
  const used = new Map<string, number>();
  return layers.flatMap((layer): [number, ComparedLayer][] => {
    const text = key(cut(layer.a), cut(layer.b));
    const next = used.get(text) ?? 0;
    const id = byNames.get(text)?.[next];
    used.set(text, next + 1);
    return id === undefined ? [] : [[id, layer]];
  });
}

/** As the drawing cuts names. */
const longestName = 300;
const cut = (name: string): string => (name.length > longestName ? `${name.slice(0, longestName)}…` : name);

/** A node's layer in a measurement. */
export const measuredLayer = (document: CompareDocument | undefined, names: DiffNode['names']): ComparedLayer | undefined =>
  document?.layers.find(({ a, b }) => cut(a) === names.a && cut(b) === names.b);

/** Outputs of a measured layer over one axis, with the range of the second model's integers, where the measurement kept them. */
export function measuredValues(layer: ComparedLayer | undefined, range: StorageView | undefined): ChannelsView[] {
  if (!layer?.outputs) return [];
  const { low, high, a, b, channels, worst } = layer.outputs;
  return [
    {
      title: 'Output',
      text: outputText(layer, layer.outputs, range),
      histograms: [
        { label: sideLabels.a, low, high, counts: a },
        { label: sideLabels.b, low, high, counts: b },
      ],
      ...(range && isNear([range.low, range.high], low, high) ? { range: [range.low, range.high] as [number, number] } : {}),
      count: channels,
      worst: worst.slice(0, shownChannels),
    },
  ];
}

function outputText(layer: ComparedLayer, outputs: LayerOutputs, range: StorageView | undefined): string {
  const error = layer.equal ? 'no error' : layer.sqnrDb === null ? 'no signal' : `${shortNumber(layer.sqnrDb)} dB`;
  const mean = layer.equal ? [] : [`mean shifted by ${layer.meanShift.toPrecision(2)}`];
  if (!range) return [error, ...mean].join(' · ');
  const total = outputs.a.reduce((sum, count) => sum + count, 0);
  const cutOff = outside(outputs, range) / Math.max(1, total);
  const clipped = cutOff > 0 ? [`${shortNumber(cutOff * 100)} % cut off`] : [];
  return [error, ...mean, `${range.type} from ${figure(range.low)} to ${figure(range.high)}`, ...clipped].join(' · ');
}

/** Values of the first model in bins that lie wholly outside the range. */
function outside({ low, high, a }: LayerOutputs, range: StorageView): number {
  const step = (high - low) / a.length;
  return a.reduce((sum, count, bin) => (low + (bin + 1) * step < range.low || low + bin * step > range.high ? sum + count : sum), 0);
}

const figure = (value: number): string => shortNumber(Number(value.toPrecision(3))).replace('-', '−');
