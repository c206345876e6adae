import { shortNumber } from '../../../src/protocol/format.ts';
import type { Figures } from '../facts.ts';
import { short } from '../text/short.ts';
import { drawn, paragraphs, prose } from './markdown.ts';

/** Bins of a histogram at most: it has to be taken in at a glance. */
const mostBins = 8;
const barWidth = 16;
/** Measurements told of one layer. */
const mostMeasurements = 6;

/** One measurement of each pair of widths and unit: the newest. In the order of the widths. */
function newestByWidth(all: readonly Figures[]): Figures[] {
  const found = new Map<string, Figures>();
  for (const figures of all) {
    const key = `${figures.unit} ${figures.weights ?? figures.title} ${figures.activations ?? ''}`;
    if (!found.has(key)) found.set(key, figures);
  }
  const order = ({ weights }: Figures): number => (typeof weights === 'number' ? weights : 99);
  return [...found.values()].slice(0, mostMeasurements).sort((a, b) => order(a) - order(b));
}

/** What was measured of some layers: one line a measurement with a bar, then where they lie among all layers. undefined: nothing was. */
export function measuredText(all: readonly Figures[], names: ReadonlySet<string>): string | undefined {
  const known = all.filter(({ layers }) => layers.some(({ name, value }) => value !== null && names.has(name)));
  const newest = known[0];
  if (!newest) return undefined;
  const rows = newestByWidth(known).map((figures) => rowOf(figures, names));
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([title, value, rest]) => `${title!.padEnd(widths[0]!)}  ${value!.padStart(widths[1]!)}  ${rest}`);
  const stale = known.find((figures) => figures.stale !== undefined)?.stale;
  return paragraphs(drawn(lines), stale && `*Stale: ${prose(stale)}.*`, histogram(newest, names));
}

/** Title, worst value of the layers, and a bar that is the longer the worse it is. */
function rowOf(figures: Figures, names: ReadonlySet<string>): string[] {
  const worst = worstOf(figures, names);
  const title = figures.weights === undefined ? short(figures.title, 40) : widthsText(figures);
  if (!worst || worst.value === null) return [title, '?', ''];
  const ranked = figures.layers.filter(({ value }) => value !== null);
  const place = 1 + ranked.filter(({ rank }) => rank > worst.rank).length;
  const length = Math.round(Math.max(0, Math.min(1, worst.rank)) * 8);
  const order = place === 1 ? 'the worst' : `worst but ${place - 1}`;
  const whose = names.size > 1 ? `${short(worst.name, 60)}, ` : '';
  const stale = figures.stale === undefined ? '' : ' (stale)';
  return [title, figureText(worst.value, figures.unit), `${bar(length, 8)}  ${whose}${order} of ${ranked.length}${stale}`];
}

const widthsText = ({ weights, activations }: Figures): string =>
  `weights ${weights}${activations === undefined ? '' : `, activations ${activations}`}`;

const figureText = (value: number, unit: string): string => `${shortNumber(value)}${unit ? ` ${short(unit, 20)}` : ''}`;

const bar = (length: number, width: number): string => '█'.repeat(length) + '░'.repeat(width - length);

/** The layer of the greatest error among these. */
const worstOf = ({ layers }: Figures, names: ReadonlySet<string>): Figures['layers'][number] | undefined =>
  layers.reduce<Figures['layers'][number] | undefined>((worst, layer) => {
    if (layer.value === null || !names.has(layer.name)) return worst;
    return worst && worst.rank >= layer.rank ? worst : layer;
  }, undefined);

/** How the values of all layers are spread, and where these ones lie. undefined where there is nothing to be seen. */
function histogram(figures: Figures, names: ReadonlySet<string>): string | undefined {
  const values = figures.layers.flatMap(({ value }) => (value !== null && Number.isFinite(value) ? [value] : []));
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (values.length < 4 || !(high > low)) return undefined;
  const bins = Math.min(mostBins, Math.ceil(Math.sqrt(values.length)));
  const binOf = (value: number): number => Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
  const counts = new Array<number>(bins).fill(0);
  const own = new Array<number>(bins).fill(0);
  for (const { name, value } of figures.layers) {
    if (value === null || !Number.isFinite(value)) continue;
    counts[binOf(value)]!++;
    if (names.has(name)) own[binOf(value)]!++;
  }
  const most = Math.max(...counts);
  const edge = (bin: number): string => shortNumber(low + ((high - low) * bin) / bins);
  const labels = counts.map((_, bin) => `${edge(bin)} to ${edge(bin + 1)}`);
  const width = Math.max(...labels.map((label) => label.length));
  const lines = counts.map((count, bin) => {
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * barWidth));
    const mark = own[bin] ? `  ← ${names.size > 1 ? own[bin] : 'here'}` : '';
    return `${labels[bin]!.padStart(width)} ${'█'.repeat(length).padEnd(barWidth)} ${count}${mark}`;
  });
  return paragraphs(`${prose(figures.title)}, all ${values.length} layers (${prose(figures.unit)}):`, drawn(lines));
}
