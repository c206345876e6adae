import type { CompletionItemKind } from 'vscode-languageserver-types';
import { InsertTextFormat, InsertTextMode, type CompletionItem, type Range, type TextEdit } from 'vscode-languageserver-types';
import { hasStops, rendered, type Part } from './snippet.ts';
import type { Situation, Spot } from './situation.ts';

/** A completion before it is made fit for its place. */
export interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly parts: readonly Part[];
  /** Lower ones come first. */
  readonly rank: number;
  /** Short, beside the label. */
  readonly detail?: string;
  /** Short, at the end of the line. */
  readonly aside?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** What typed text is compared with, where that is not the label. */
  readonly filter?: string;
  readonly again?: boolean;
  readonly isDeprecated?: boolean;
  readonly preselect?: boolean;
  /** There is more, or other, as more is typed: the list is to be asked for again. */
  readonly isPartial?: boolean;
}

/** An offer as the protocol has it: it replaces the whole word that the cursor stands in, and parts it by commas where they are missing. */
export function itemOf(offer: Offer, spot: Spot, situation: Situation): CompletionItem {
  const { cursor, client, request } = situation;
  const { text } = request.document;
  const range: Range = { start: text.positionAt(cursor.from), end: text.positionAt(cursor.to) };
  const comma = commas(situation);
  const space = cursor.lacksSpace ? ' ' : '';
  const parts: Part[] = [`${space}${spot.before}`, ...offer.parts, `${spot.after}${comma.after}`];
  const asSnippet = client.snippets && hasStops(parts);
  const { label, kind, detail, aside, documentation } = offer;
  return {
    label,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(aside === undefined ? {} : { labelDetails: { description: aside } }),
    ...(documentation ? { documentation: { kind: 'markdown', value: documentation } } : {}),
    sortText: String(Math.round(offer.rank)).padStart(6, '0'),
    filterText: offer.filter ?? cursor.quote + label,
    insertTextFormat: asSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    insertTextMode: InsertTextMode.adjustIndentation,
    textEdit: { range, newText: rendered(parts, asSnippet) },
    ...(comma.before ? { additionalTextEdits: [comma.before] } : {}),
    ...(offer.again && client.suggestAgain ? { command: { title: 'Suggest', command: client.suggestAgain } } : {}),
    ...(offer.isDeprecated ? { tags: [1] } : {}),
    ...(offer.preselect ? { preselect: true } : {}),
  };
}

/** Commas that brackets need before and behind what is inserted. */
function commas({ cursor, request }: Situation): { before?: TextEdit; after: string } {
  const { owner } = cursor.slot;
  const isNew = cursor.role === 'key' ? !cursor.slot.hasColon : owner?.kind === 'list';
  if (owner?.style !== 'flow' || !isNew) return { after: '' };
  const siblings = owner.kind === 'map' ? owner.entries : owner.items;
  const place = siblings.indexOf(cursor.slot);
  const content = request.document.text.getText();
  const isLast = place === siblings.length - 1 || /^\s*(,|\}|\]|#|$)/.test(content.slice(cursor.to, cursor.to + 1000));
  const head = content.slice(Math.max(0, cursor.from - 1000), cursor.from).trimEnd();
  const isParted = place === 0 || /[,{[]$/.test(head);
  const at = request.document.text.positionAt(cursor.from - (Math.min(cursor.from, 1000) - head.length));
  return { after: isLast ? '' : ',', ...(isParted ? {} : { before: { range: { start: at, end: at }, newText: ',' } }) };
}
