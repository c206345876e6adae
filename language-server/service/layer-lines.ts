import { isMap, isScalar } from 'yaml';
import { pairsOf } from '../../src/engine/recipe/layer-entries.ts';
import type { LayersView, RuleContext } from '../../src/engine/recipe/rules/rule.ts';
import { shortNumber } from '../../src/protocol/format.ts';
import type { LayerLine } from '../../src/protocol/language.ts';
import type { Figures, LayerFigure } from './facts.ts';
import type { Request } from './feature.ts';
import { modelFigures } from './model-figures.ts';
import { recipeContext } from './recipe-context.ts';
import { short } from './text/short.ts';
import { nodeAt } from './written.ts';

const bars = '▁▂▃▄▅▆▇█';
/** Characters of a layer's name at the end of a line. */
const shownName = 60;

/** What is known of the layers that entries of `layers` are about, line by line. Lines with several entries have none: there is one end of line. */
export function layerLines(request: Request): LayerLine[] {
  const { document } = request;
  const node = nodeAt(document, ['layers']);
  if (!isMap(node)) return [];
  const context = recipeContext(request);
  const overrides = overridesOf(context);
  const views = new Map(context.layers.map((view) => [view.written, view]));
  const { text } = document;
  const lines = pairsOf(node, document.tree.anchors).map(({ key, pair }) => ({
    view: views.get(key),
    line: text.positionAt((isScalar(pair.key) && pair.key.range?.[0]) || 0).line,
  }));
  const entries = new Map<number, number>();
  for (const { line } of lines) entries.set(line, (entries.get(line) ?? 0) + 1);
  return lines.flatMap(({ view, line }): LayerLine[] => {
    const said = view && entries.get(line) === 1 ? lineText(request, context, view, overrides) : undefined;
    return said ? [{ line, ...said }] : [];
  });
}

type Said = Omit<LayerLine, 'line'>;

/** A layer of a model, as a measurement has it. */
interface Measured {
  readonly layer: LayerFigure;
  readonly figures: Figures;
  /** That the recipe gives the layer. */
  readonly widths: Widths;
}

function lineText(request: Request, context: RuleContext, view: LayersView, overrides: Overrides): Said | undefined {
  let count = 0;
  let worst: Measured | undefined;
  for (const [alias, places] of view.matches) {
    const { file, index } = context.models.get(alias)!;
    count += places.length;
    const model = { ...(alias === '' ? {} : { alias }), ...(file === undefined ? {} : { file }) };
    for (const [widths, names] of byWidths(places, index!.names, overrides.get(alias)!)) {
      const found = worstOf(modelFigures(request, model), names, { ...stepWidths(context, alias), ...widths });
      if (found && (!worst || badness(found) > badness(worst))) worst = found;
    }
  }
  if (count === 0) return undefined;
  const several = view.pattern.includes('*') || count > 1;
  const layers = `${count} layer${count === 1 ? '' : 's'}`;
  if (!worst) return several ? { text: layers } : undefined;
  const { layer, figures, widths } = worst;
  const bad = badness(worst);
  const figure = figureText(layer, figures, widths);
  return {
    text: several ? `${layers} · worst ${figure}` : figure,
    rank: bad,
    bar: bars[Math.round(bad * (bars.length - 1))]!,
    ...(several ? { worst: short(layer.name, shownName) } : {}),
    source: short(figures.title, 200),
    ...(figures.stale === undefined ? {} : { stale: short(figures.stale, 200) }),
  };
}

/** Signal to noise that nobody sees, in dB: the scale of colours ends there, in steps of 10 as in the graph. */
const noNoise = 50;

/** 0 best, 1 worst. Decibels mean the same at every width; other figures only say something beside those of the other layers. */
function badness({ layer: { value, rank }, figures: { unit, better } }: Measured): number {
  const bad = unit === 'dB' && better === 'high' && value !== null ? (noNoise - value) / noNoise : rank;
  return Math.min(1, Math.max(0, bad));
}

interface Widths {
  readonly weights?: unknown;
  readonly activations?: unknown;
}

/** Widths that all entries together give each layer, by the alias of its model and its place; equal ones are the same object. */
type Overrides = ReadonlyMap<string, readonly (Widths | undefined)[]>;

/** Later entries win, key by key. */
function overridesOf({ models, layers }: RuleContext): Overrides {
  const found = new Map([...models.keys()].map((alias) => [alias, [] as (Widths | undefined)[]]));
  const shared = new Map<string, Widths>();
  const known = (widths: Widths): Widths => {
    const key = JSON.stringify([widths.weights, widths.activations]);
    if (!shared.has(key)) shared.set(key, widths);
    return shared.get(key)!;
  };
  for (const { override, matches } of layers) {
    const widths = pick(override);
    if (Object.keys(widths).length === 0) continue;
    const joined = new Map<Widths | undefined, Widths>();
    for (const [alias, places] of matches) {
      const mine = found.get(alias)!;
      for (const place of places) {
        const before = mine[place];
        let after = joined.get(before);
        if (!after) joined.set(before, (after = known({ ...before, ...widths })));
        mine[place] = after;
      }
    }
  }
  return found;
}

/** Names of layers at these places, by the widths that entries give them. */
function byWidths(
  places: Uint32Array,
  names: readonly string[],
  overrides: readonly (Widths | undefined)[],
): Map<Widths | undefined, string[]> {
  const found = new Map<Widths | undefined, string[]>();
  for (const place of places) {
    const widths = overrides[place];
    const among = found.get(widths);
    if (among) among.push(names[place]!);
    else found.set(widths, [names[place]!]);
  }
  return found;
}

/** Widths of layers that no entry is about: those of the step that rounds their model, or the whole chain. */
function stepWidths({ steps }: RuleContext, alias: string): Widths {
  return pick(steps.find(({ settings, model }) => 'weights' in settings && (model === alias || model === ''))?.settings);
}

const pick = (settings: Readonly<Record<string, unknown>> = {}): Widths => ({
  ...('weights' in settings ? { weights: settings['weights'] } : {}),
  ...('activations' in settings ? { activations: settings['activations'] } : {}),
});

/** The worst of these layers by the measurement that says most: a fresh one before a stale one, of the same widths before others, the newest of those. */
function worstOf(all: readonly Figures[], names: readonly string[], widths: Widths): Measured | undefined {
  let best: { measured: Measured; score: number } | undefined;
  for (const figures of all) {
    const score =
      (figures.stale === undefined ? 4 : 0) +
      (fits(figures.weights, widths.weights) ? 2 : 0) +
      (fits(figures.activations, widths.activations) ? 1 : 0);
    if (best && best.score >= score) continue;
    const layer = worstLayer(figures, names);
    if (layer) best = { measured: { layer, figures, widths }, score };
  }
  return best?.measured;
}

const fits = (measured: unknown, wanted: unknown): boolean => measured !== undefined && measured === wanted;

function worstLayer(figures: Figures, names: readonly string[]): LayerFigure | undefined {
  const known = figuresByName(figures);
  let worst: LayerFigure | undefined;
  for (const name of names) {
    const layer = known.get(name);
    if (layer && (!worst || layer.rank > worst.rank)) worst = layer;
  }
  return worst;
}

const byName = new WeakMap<Figures, ReadonlyMap<string, LayerFigure>>();

/** Made once: a recipe may have an entry for each of thousands of layers. */
function figuresByName(figures: Figures): ReadonlyMap<string, LayerFigure> {
  let found = byName.get(figures);
  if (!found) byName.set(figures, (found = new Map(figures.layers.map((layer) => [layer.name, layer]))));
  return found;
}

/** "41 dB"; with the width it was measured at where the recipe says another: "9 dB at 4 bits". */
function figureText({ value }: LayerFigure, { unit, weights }: Figures, wanted: Widths): string {
  const figure = value === null ? 'no error' : `${shortNumber(value)}${unit ? ` ${short(unit, 16)}` : ''}`;
  return typeof weights === 'number' && wanted.weights !== undefined && weights !== wanted.weights
    ? `${figure} at ${weights} bits`
    : figure;
}
