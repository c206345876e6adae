import path from 'node:path';
import type { CompletionList, Position } from 'vscode-languageserver-types';
import type { Request } from '../feature.ts';
import { anchorCompletions } from './anchor-names.ts';
import { cursorAt } from './cursor.ts';
import { itemOf, type Offer } from './item.ts';
import { keyCompletions } from './keys.ts';
import { situationAt, type CompletionClient, type Situation, type Spot } from './situation.ts';
import { inputCompletions } from './input-names.ts';
import { jointCompletions } from './joint-names.ts';
import { layerCompletions } from './layer-names.ts';
import { modelCompletions } from './model-names.ts';
import { pathCompletions } from './path-names.ts';
import { seamCompletions } from './seam-sources.ts';
import { splitCompletions } from './split-names.ts';
import { templateCompletions } from './templates.ts';
import { valueCompletions } from './values.ts';

/** What can be offered in one kind of place; nothing in places of other kinds. */
export type CompletionSource = (spot: Spot, situation: Situation) => readonly Offer[];

/** Everything that offers something. A new one is one file and a line here. */
export const completionSources: readonly CompletionSource[] = [
  anchorCompletions,
  keyCompletions,
  valueCompletions,
  layerCompletions,
  modelCompletions,
  pathCompletions,
  splitCompletions,
  seamCompletions,
  jointCompletions,
  inputCompletions,
  templateCompletions,
];

const nothing: CompletionList = { isIncomplete: false, items: [] };

/** What may be written at a position, however broken the text around it is. Nothing in comments. */
export function completion(request: Request, position: Position, client: CompletionClient): CompletionList {
  const { document } = request;
  const cursor = cursorAt(document.text.getText(), document.text.offsetAt(position), isJson(document.uri));
  if (!cursor) return nothing;
  const situation = situationAt(request, cursor, client);
  // Paths are asked for sooner or later: what lies beside the recipe is read ahead.
  if (document.file !== undefined) request.facts.folder(path.dirname(document.file));
  const found = situation.spots.flatMap((spot) =>
    completionSources.flatMap((source) => source(spot, situation).map((offer) => ({ offer, item: itemOf(offer, spot, situation) }))),
  );
  return { isIncomplete: found.some(({ offer }) => offer.isPartial), items: found.map(({ item }) => item) };
}

const isJson = (uri: string): true | undefined => (uri.toLowerCase().endsWith('.json') ? true : undefined);
