import type { TextEdit } from '../../../src/engine/recipe/edit-map.ts';
import type { Leaf } from './leaves.ts';

/** Pieces that space in front of the colon keeps apart from it. */
const runsOn: ReadonlySet<Leaf['type']> = new Set(['alias', 'anchor', 'tag']);
const scalars: ReadonlySet<Leaf['type']> = new Set(['scalar', 'single-quoted-scalar', 'double-quoted-scalar']);

/** What has to change between the pieces of a text: columns of lines, space between words, blank lines. The pieces stay as they are. */
export function layout(text: string, leaves: readonly Leaf[], step: number): TextEdit[] {
  const edits: TextEdit[] = [];
  const put = (from: number, to: number, space: string): void => {
    if (text.slice(from, to) !== space) edits.push({ from, to, text: space });
  };
  /** Columns of the lines in which brackets open. */
  const columns = new Map<Leaf, number>();
  const lines = linesOf(text, leaves);
  const last = leaves.findLastIndex(({ type }) => type !== 'newline');
  let [at, column, breaks, isFirst] = [0, 0, 1, true];
  leaves.forEach((leaf, i) => {
    const before = leaves[i - 1];
    const { offset, source, type } = leaf;
    if (type === 'newline') {
      // One blank line is enough, and none at the beginning and at the end.
      const isKept = before !== undefined && (breaks === 0 || (breaks === 1 && i < last));
      put(at, isKept ? offset : offset + source.length, '');
      breaks++;
      isFirst = true;
    } else {
      if (isFirst && type !== 'block-scalar') {
        column = type === 'comment' ? columnOfComment(lines.get(leaf)!, columns, step) : columnOf(leaf, columns, step);
        put(at, offset, ' '.repeat(column));
      } else if (!isFirst) {
        put(at, offset, between(before!, leaf, text.slice(at, offset)));
        // What goes on in further lines stands deeper than the key behind a dash.
        if (before!.type === 'seq-item-ind' && typeof leaf.indent === 'number' && !type.startsWith('flow')) column = leaf.indent;
      }
      if (scalars.has(type)) edits.push(...continued(leaf, column + step));
      if (type === 'block-scalar') edits.push(...shifted(leaf));
      [breaks, isFirst] = [type === 'block-scalar' ? 1 : 0, type === 'block-scalar'];
    }
    columns.set(leaf, column);
    at = offset + source.length;
  });
  put(at, text.length, '');
  return edits;
}

function columnOf({ indent }: Leaf, columns: ReadonlyMap<Leaf, number>, step: number): number {
  if (typeof indent === 'number') return indent;
  return 'inside' in indent ? columns.get(indent.inside)! + step : columns.get(indent.closes)!;
}

/** A piece that begins a line. */
interface Line {
  readonly leaf: Leaf;
  /** Where it stands now. */
  readonly column: number;
  /** The nearest lines that are no comments: the one behind it, and the one before it that stands no deeper. */
  next?: Line | undefined;
  above?: Line | undefined;
}

function linesOf(text: string, leaves: readonly Leaf[]): Map<Leaf, Line> {
  const begins = ({ type }: Leaf, i: number): boolean =>
    type !== 'newline' && /^(newline|block-scalar)$/.test(leaves[i - 1]?.type ?? 'newline');
  const lines = leaves.filter(begins).map((leaf): Line => ({ leaf, column: leaf.offset - (text.lastIndexOf('\n', leaf.offset - 1) + 1) }));
  const levels: Line[] = [];
  for (const line of lines) {
    line.above = levels.findLast(({ column }) => column <= line.column);
    if (line.leaf.type === 'comment') continue;
    while (levels.length && levels.at(-1)!.column >= line.column) levels.pop();
    levels.push(line);
  }
  lines.reduceRight<Line | undefined>((next, line) => {
    line.next = next;
    return line.leaf.type === 'comment' ? next : line;
  }, undefined);
  return new Map(lines.map((line) => [line.leaf, line]));
}

/** A comment on a line of its own stays with the lines that it stands in one column with: those below, else those above. */
function columnOfComment({ leaf, column, next, above }: Line, columns: ReadonlyMap<Leaf, number>, step: number): number {
  // Between brackets everything has one column.
  if (typeof leaf.indent !== 'number') return columnOf(leaf, columns, step);
  const below = next && typeof next.leaf.indent === 'number' ? next.leaf.indent : 0;
  if (next && next.column >= column) return below;
  return Math.max(above ? columns.get(above.leaf)! : 0, below);
}

/** The space between two pieces of a line. */
function between(before: Leaf, { type }: Leaf, written: string): string {
  if (type === 'comment') return written === '' ? ' ' : written;
  if (before.type === 'flow-map-start') return type === 'flow-map-end' ? '' : ' ';
  if (before.type === 'flow-seq-start' || type === 'flow-seq-end') return '';
  if (type === 'flow-map-end') return ' ';
  if (type === 'map-value-ind') return runsOn.has(before.type) ? ' ' : '';
  if (type === 'comma') return before.type === 'map-value-ind' || runsOn.has(before.type) ? written : '';
  if (before.type === 'comma' || before.type === 'map-value-ind' || before.type === 'seq-item-ind' || runsOn.has(before.type)) return ' ';
  return written;
}

/** Lines of a text in quotes or without: what stands before their first word is no part of the text. */
function continued({ source, offset }: Leaf, column: number): TextEdit[] {
  return [...source.matchAll(/\n([ \t]*)(?=[^\s])/g)].flatMap(({ index, 1: space = '' }) => {
    const from = offset + index + 1;
    return space.length === column ? [] : [{ from, to: from + space.length, text: ' '.repeat(column) }];
  });
}

/** A block of text moves as its key does: what its lines have beyond the first's column is a part of it. */
function shifted({ source, offset, owner }: Leaf): TextEdit[] {
  const by = owner ? owner.to - owner.from : 0;
  if (by === 0) return [];
  return [...source.matchAll(/^( *)(?=[^\s])/gm)].map(({ index, 1: space = '' }) => ({
    from: offset + index,
    to: offset + index + space.length,
    text: ' '.repeat(Math.max(0, space.length + by)),
  }));
}
