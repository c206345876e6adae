import { CompletionItemKind } from 'vscode-languageserver-types';
import { layerIndex } from '../../../src/engine/recipe/layer-index.ts';
import { layerPattern } from '../../../src/engine/recipe/layers.ts';
import { count, shape, shortNumber } from '../../../src/protocol/format.ts';
import type { Figures, LayerFigure } from '../facts.ts';
import { bullets, code, paragraphs, prose } from '../hover/markdown.ts';
import { modelFigures } from '../model-figures.ts';
import { short } from '../text/short.ts';
import { modelOfStep, modelsOfPattern } from '../written.ts';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import type { Offer } from './item.ts';
import { knownModels, type KnownModel } from './known-models.ts';
import { figureOf, layerRanking, type LayerGroup, type RankedLayer } from './layer-ranking.ts';
import type { Situation, Spot } from './situation.ts';
import type { Part } from './snippet.ts';
import { written } from './written-value.ts';

/** Shown at once; the list is asked for again as more is typed. */
const mostLayers = 150;
const mostGroups = 30;

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
  const figures = modelFigures(situation.request, model);
  const { layers, groups } = layerRanking(model.facts, figures[0]);
  const withAlias = (pattern: string): string => (place.withAlias && model.alias !== undefined ? `${model.alias}:${pattern}` : pattern);
  const isFree = (pattern: string): boolean => !place.present.has(pattern) && !place.present.has(withAlias(pattern));
  const offer = (pattern: string, words: OfferWords): Offer => ({
    ...words,
    label: short(withAlias(pattern), 120),
    parts: partsOf(withAlias(pattern), place, situation),
    // All that is listed was found by what is typed: the client is not to look again.
    ...(situation.cursor.typed ? { filter: situation.cursor.quote + situation.cursor.typed } : {}),
  });
  const matches = matcher(place.typed);
  const found: Offer[] = [];
  for (let at = 0; at < layers.length && found.length < mostLayers; at++) {
    const one = layers[at]!;
    if (matches(one) && isFree(one.name)) found.push(offer(one.name, layerWords(one, 2 * at + 1, figures, situation.target)));
  }
  return [
    ...ownPattern(place.typed, model).map((words) => offer(place.typed, words)),
    ...fitting(groups, place.typed)
      .filter(({ head }) => isFree(`${head}*`))
      .slice(0, mostGroups)
      .map((group) => offer(`${group.head}*`, groupWords(group, layers, figures[0]))),
    ...found,
    ...(place.takesOperators ? operators(model, place.typed).map(([op, times]) => offer(op, operatorWords(op, times))) : []),
  ];
}

type OfferWords = Omit<Offer, 'label' | 'parts' | 'filter'>;

/** Groups that go beyond what is typed. */
const fitting = (groups: readonly LayerGroup[], typed: string): LayerGroup[] =>
  typed.includes('*') ? [] : groups.filter(({ head }) => head.length > typed.length && head.startsWith(typed));

/** What is typed, where it is a pattern already: how many layers it matches. */
function ownPattern(typed: string, { facts }: KnownModel): OfferWords[] {
  const matches = typed.includes('*') ? layerIndex(facts).matching(typed).length : 0;
  return matches ? [{ kind: CompletionItemKind.Folder, rank: -1, aside: layersText(matches), preselect: true }] : [];
}

const layersText = (matches: number): string => `${matches} layer${matches === 1 ? '' : 's'}`;

/** Typed text is looked for anywhere in a name; a pattern from its beginning on, as if it went on. */
function matcher(typed: string): (layer: RankedLayer) => boolean {
  if (typed.includes('*')) {
    const matches = layerPattern(typed.endsWith('*') ? typed : `${typed}*`);
    return ({ name }) => matches(name);
  }
  const wanted = typed.toLowerCase();
  return ({ lower }) => lower.includes(wanted);
}

function partsOf(pattern: string, { isEntry }: LayerPlace, { cursor }: Situation): Part[] {
  const isPlainEnough = !/[\u0000-\u001f]/.test(pattern);
  const quote = isEntry || !isPlainEnough ? (cursor.quote === "'" && isPlainEnough ? "'" : '"') : cursor.quote;
  const text = written(pattern, cursor.isJson, quote);
  return isEntry && lacksColon(cursor) ? [`${text}: { `, { stop: '' }, ' }'] : [text];
}

function layerWords({ name, layer, figure }: RankedLayer, rank: number, figures: readonly Figures[], target: string): OfferWords {
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
          const text = figureText(one === newest ? figure : figureOf(one, name), one);
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
  { count: members, first, place }: LayerGroup,
  layers: readonly RankedLayer[],
  figures: Figures | undefined,
): OfferWords {
  const text = figureText(layers[place]!.figure, figures);
  return {
    kind: CompletionItemKind.Folder,
    rank: 2 * place,
    aside: [layersText(members), text && `worst ${text}`].filter(Boolean).join(', '),
    documentation: bullets([...first.map((name) => code(name, 100)), members > first.length && `and ${members - first.length} more`]),
    again: true,
  };
}

/** Kinds of operators, by how often a model has them. */
function operators({ facts }: KnownModel, typed: string): [op: string, times: number][] {
  const times = new Map<string, number>();
  for (const { op } of facts.layers) times.set(op, (times.get(op) ?? 0) + 1);
  return [...times].filter(([op]) => op.toLowerCase().includes(typed.toLowerCase())).sort((a, b) => b[1] - a[1]);
}

const operatorWords = (op: string, times: number): OfferWords => ({
  kind: CompletionItemKind.Class,
  rank: 1e7 - times,
  aside: layersText(times),
  documentation: `All layers with the operator ${code(op)}.`,
});
