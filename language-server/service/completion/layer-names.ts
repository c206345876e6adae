import { CompletionItemKind } from 'vscode-languageserver-types';
import type { LayerFacts } from '../../../src/engine/recipe/facts/types.ts';
import { layerIndex } from '../../../src/engine/recipe/layer-index.ts';
import { layerPattern } from '../../../src/engine/recipe/layers.ts';
import { count, shape, shortNumber } from '../../../src/protocol/format.ts';
import type { Figures, LayerFigure } from '../facts.ts';
import { bullets, code, paragraphs, prose } from '../hover/markdown.ts';
import { short } from '../text/short.ts';
import { modelOfStep, modelsOfPattern } from '../written.ts';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import type { Offer } from './item.ts';
import { knownModels, type KnownModel } from './known-models.ts';
import { patternGroups } from './pattern-groups.ts';
import type { Situation, Spot } from './situation.ts';
import type { Part } from './snippet.ts';
import { written } from './written-value.ts';

/** Shown at once; the list is asked for again as more is typed. */
const mostLayers = 150;
const mostGroups = 30;
/** Longer names are nobody's to choose. */
const longestName = 500;

/** Layers that have no weights stand behind all that have some. */
const withoutWeights = 20_000;

/** Layers of the recipe's models and patterns for several of them, the worst first as far as their error was measured, else in graph order. */
export const layerCompletions: CompletionSource = (spot, situation) => {
  const place = placeOf(spot, situation);
  if (!place) return [];
  const offers = knownModels(place.models, situation).flatMap((model) => offersOf(model, place, situation));
  return offers.sort((a, b) => a.rank - b.rank).map((offer, rank) => ({ ...offer, rank, isPartial: true }));
};

interface LayerPlace {
  readonly models: Situation['models'];
  /** Typed so far, without an alias before it. */
  readonly typed: string;
  /** The key of an entry of `layers`, with its settings still to be written. */
  readonly isEntry: boolean;
  /** Several models: an alias stands before the name. */
  readonly withAlias: boolean;
  readonly takesOperators: boolean;
  readonly present: ReadonlySet<string>;
}

function placeOf(spot: Spot, { cursor, models, request }: Situation): LayerPlace | undefined {
  const [section, step] = spot.path;
  const { owner } = cursor.slot;
  if (spot.as === 'key' && section === 'layers' && spot.path.length === 1) {
    const { models: among, pattern } = modelsOfPattern(models, cursor.typed);
    const keys = owner?.kind === 'map' && cursor.role === 'key' ? owner.entries : [];
    const present = new Set(keys.flatMap((entry) => (entry !== cursor.slot && entry.key ? [entry.key.text] : [])));
    return { models: among, typed: pattern, isEntry: true, withAlias: models.length > 1, takesOperators: false, present };
  }
  if (spot.as !== 'value' || typeof step !== 'number' || !String(spot.declared.schema['format']).startsWith('layer')) return undefined;
  const model = modelOfStep(request.document, step);
  const present = new Set(
    (owner?.kind === 'list' ? owner.items : []).flatMap(({ value }) =>
      value?.kind === 'scalar' && value.slot !== cursor.slot ? [value.token.text] : [],
    ),
  );
  return model && { models: [model], typed: cursor.typed, isEntry: false, withAlias: false, takesOperators: true, present };
}

function offersOf(model: KnownModel, place: LayerPlace, situation: Situation): Offer[] {
  const index = layerIndex(model.facts);
  const figures = model.file === undefined ? [] : situation.request.facts.figures(model.file);
  const [newest] = figures;
  const measured = new Map<string, LayerFigure>((newest?.layers ?? []).map((figure) => [figure.name, figure]));
  const matches = matcher(place.typed);
  const found = index.names.flatMap((name, order) =>
    matches(name) && name.length <= longestName ? [{ name, order, layer: index.layer(order), figure: measured.get(name) }] : [],
  );
  // Ranks lie apart, so that a pattern has room before the first layer that it is for.
  const rankOf = ({ order, layer, figure }: (typeof found)[number]): number =>
    2 +
    2 * order +
    (layer.weights ? 0 : withoutWeights) -
    (figure?.value === undefined || figure.value === null ? 0 : 1e6 * (1 + figure.rank));
  const ranked = found.map((one) => ({ ...one, rank: rankOf(one) })).sort((a, b) => a.rank - b.rank);
  const ranks = new Map(ranked.map(({ name, rank }) => [name, rank]));
  const groups = patternGroups(
    ranked.map(({ name }) => name),
    place.typed,
  ).slice(0, mostGroups);
  const name = (pattern: string): string => (place.withAlias && model.alias !== undefined ? `${model.alias}:${pattern}` : pattern);
  const isFree = (pattern: string): boolean => !place.present.has(name(pattern)) && !place.present.has(pattern);
  const offer = (label: string, more: Omit<Offer, 'label' | 'parts' | 'filter'>): Offer => ({
    ...more,
    label: short(label, 120),
    parts: partsOf(label, place, situation),
    ...(situation.cursor.typed ? { filter: situation.cursor.quote + situation.cursor.typed } : {}),
  });
  return [
    ...own(place.typed, index.matching(place.typed).length).map((more) => offer(name(place.typed), more)),
    ...groups
      .filter(({ pattern }) => isFree(pattern))
      .map(({ pattern, members }) => {
        const worst = members.reduce((a, b) => (ranks.get(b)! < ranks.get(a)! ? b : a));
        return offer(name(pattern), groupWords(members, measured, newest, ranks.get(worst)! - 1));
      }),
    ...ranked
      .filter((one) => isFree(one.name))
      .slice(0, mostLayers)
      .map((one) => offer(name(one.name), layerWords(one, figures, situation.target))),
    ...(place.takesOperators ? operators(model, place.typed).map(([op, times]) => offer(op, operatorWords(op, times))) : []),
  ];
}

/** What is typed, where it is a pattern already: how many layers it matches. */
const own = (typed: string, matches: number): Omit<Offer, 'label' | 'parts' | 'filter'>[] =>
  typed.includes('*') && matches > 0
    ? [{ kind: CompletionItemKind.Folder, rank: -1e9, detail: '', aside: layersText(matches), preselect: true }]
    : [];

const layersText = (matches: number): string => `${matches} layer${matches === 1 ? '' : 's'}`;

/** Typed text is looked for anywhere in a name; a pattern from its beginning on, as if it went on. */
function matcher(typed: string): (name: string) => boolean {
  if (typed.includes('*')) return layerPattern(typed.endsWith('*') ? typed : `${typed}*`);
  const wanted = typed.toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}

function partsOf(pattern: string, { isEntry }: LayerPlace, { cursor }: Situation): Part[] {
  const isPlainEnough = !/[\u0000-\u001f]/.test(pattern);
  const quote = isEntry || !isPlainEnough ? (cursor.quote === "'" && isPlainEnough ? "'" : '"') : cursor.quote;
  const text = written(pattern, cursor.isJson, quote);
  return isEntry && lacksColon(cursor) ? [`${text}: { `, { stop: '' }, ' }'] : [text];
}

function layerWords(
  { layer, figure, rank }: { layer: LayerFacts; figure: LayerFigure | undefined; rank: number },
  figures: readonly Figures[],
  target: string,
): Omit<Offer, 'label' | 'parts' | 'filter'> {
  const { op, detail, parameters, macs, weights, refusals } = layer;
  const [newest] = figures;
  const form = layer.shape ? shape(layer.shape) : '';
  const refusal = refusals?.[target];
  const value = figureText(figure, newest);
  return {
    kind: weights ? CompletionItemKind.Field : CompletionItemKind.Constant,
    rank,
    detail: short([op, form].filter(Boolean).join(' '), 60),
    aside: [value, macs ? `${count(macs)} MACs` : ''].filter(Boolean).join(', '),
    documentation: paragraphs(
      prose([op, detail].filter(Boolean).join(' ')) + (form ? ` → ${prose(form)}` : ''),
      bullets([
        `${count(parameters)} parameters`,
        macs !== null && `${count(macs)} multiply-adds`,
        ...figures.slice(0, 4).map((one) => {
          const text = figureText(one === newest ? figure : one.layers.find(({ name }) => name === layer.name), one);
          return text && `${text}: ${prose(one.title)}${one.stale ? `, *${prose(one.stale)}*` : ''}`;
        }),
        refusal !== undefined && `not on ${code(target)}: ${prose(refusal)}`,
      ]),
    ),
    again: true,
  };
}

const figureText = (figure: LayerFigure | undefined, figures: Figures | undefined): string =>
  figure?.value === undefined || figure.value === null ? '' : `${shortNumber(figure.value)} ${short(figures?.unit ?? '', 12)}`.trim();

function groupWords(
  members: readonly string[],
  measured: ReadonlyMap<string, LayerFigure>,
  figures: Figures | undefined,
  rank: number,
): Omit<Offer, 'label' | 'parts' | 'filter'> {
  const values = members.flatMap((name) => measured.get(name) ?? []).filter(({ value }) => value !== null);
  const worst = values.length ? values.reduce((a, b) => (b.rank > a.rank ? b : a)) : undefined;
  const text = figureText(worst, figures);
  return {
    kind: CompletionItemKind.Folder,
    rank,
    detail: '',
    aside: [layersText(members.length), text && `worst ${text}`].filter(Boolean).join(', '),
    documentation: bullets([
      ...members.slice(0, 12).map((name) => code(name, 100)),
      members.length > 12 && `and ${members.length - 12} more`,
    ]),
    again: true,
  };
}

/** Kinds of operators, by how often a model has them. */
function operators({ facts }: KnownModel, typed: string): [op: string, times: number][] {
  const times = new Map<string, number>();
  for (const { op } of facts.layers) times.set(op, (times.get(op) ?? 0) + 1);
  return [...times].filter(([op]) => op.toLowerCase().includes(typed.toLowerCase())).sort((a, b) => b[1] - a[1]);
}

const operatorWords = (op: string, times: number): Omit<Offer, 'label' | 'parts' | 'filter'> => ({
  kind: CompletionItemKind.Class,
  rank: 1e7 - times,
  detail: '',
  aside: layersText(times),
  documentation: `All layers with the operator ${code(op)}.`,
});
