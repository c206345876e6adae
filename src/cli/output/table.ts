import type { Style } from './style.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut in the middle when the table is wider than the terminal; one column at most. */
  readonly flexible?: boolean;
}

const gap = '  ';
const narrowest = 12;

/** Names come from files: control characters would move the cursor or recolour the terminal. They are shown as escapes. */
export const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Cells in aligned columns, not wider than `width` where one column can give way. Colours are applied after measuring. */
export function table(columns: readonly Column[], given: readonly (readonly string[])[], width: number, style: Style): string {
  const rows = given.map((row) => row.map(visible));
  const widths = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const flexible = columns.findIndex((column) => column.flexible);
  const total = widths.reduce((sum, w) => sum + w, 0) + gap.length * (columns.length - 1);
  if (flexible >= 0 && total > width) widths[flexible] = Math.max(narrowest, widths[flexible]! - (total - width));
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => {
        const cell = middleCut(cells[i] ?? '', widths[i]!);
        return column.align === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
      })
      .join(gap)
      .trimEnd();
  return [style.dim(line(columns.map((column) => column.title))), ...rows.map(line)].join('\n');
}

/** Names differ at their ends: the middle goes. */
export function middleCut(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.ceil((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Pairs of a word and what there is to say of it, in two aligned columns. */
export function facts(pairs: readonly (readonly [string, string] | undefined)[], style: Style): string {
  const present = pairs.filter((pair) => pair !== undefined);
  const width = Math.max(...present.map(([word]) => word.length));
  return present.map(([word, text]) => `${style.dim(word.padEnd(width))}${gap}${text}`).join('\n');
}
