import { shape } from '../../src/protocol/format.ts';
import { shortened } from './text.ts';
import { visible } from '../../src/protocol/format.ts';
import { stackStep } from './box-size.ts';
import type { Arranged } from './picture.ts';

/** A shape written beside the beginning of an edge, in units of the drawing. */
export interface EdgeLabel {
  edge: number;
  /** End of its base line that is next to the edge: the left one, or the right one where the edge turns away to the right. */
  x: number;
  align: 'left' | 'right';
  y: number;
  text: string;
}

/** What flows along the edges: once for each value that leaves a box, however many read it. */
export function edgeLabels(arranged: Arranged, edges: readonly number[]): EdgeLabel[] {
  const { graph, edges: lines } = arranged.scene;
  const byValue = new Map<string, { text: string; lines: number[] }>();
  for (const edge of edges) {
    const { from, edges: carried } = lines[edge]!;
    const text = carriedText(graph.values, carried.map((id) => graph.edges[id]!.value)); // prettier-ignore
    if (text === '') continue;
    const key = `${from} ${text}`;
    const known = byValue.get(key);
    if (known) known.lines.push(edge);
    else byValue.set(key, { text, lines: [edge] });
  }
  return [...byValue.values()].map(({ text, lines }) => ({ text, ...labelPlace(arranged, lines) }));
}

/** Beside the beginning of a single line; where several part, above the row that they come to first, beside the straightest: the others are away there. */
function labelPlace({ scene, layout: { starts, points } }: Arranged, lines: readonly number[]): Omit<EdgeLabel, 'text'> {
  /** Where a line ends to run sideways for the first time, or ends. */
  const bend = (edge: number): number => {
    let at = starts[edge]! + 2;
    while (at + 2 < starts[edge + 1]! && points[at]! === points[at - 2]!) at += 2;
    return at;
  };
  const sideways = (edge: number): number => Math.abs(points[bend(edge)]! - points[starts[edge]!]!);
  const edge = lines.reduce((best, next) => (sideways(next) < sideways(best) ? next : best));
  const [start, at] = [starts[edge]!, bend(edge)];
  const straight = sideways(edge) < 1;
  if (lines.length > 1 && straight)
    return { edge, align: 'left', x: points[at]! + 6, y: Math.min(points[at + 1]! - 4, points[start + 1]! + rowGap) };
  const stack = scene.boxes[scene.edges[edge]!.from]!.kind === 'group' ? 2 * stackStep : 0;
  const away = points[at]! > points[start]! && points[at + 1]! - points[start + 1]! < nearBend;
  return { edge, align: away ? 'right' : 'left', x: points[start]! + (away ? -6 : 6), y: points[start + 1]! + 14 + stack };
}

/** A line that turns within so much of its box (CSS pixels at life size) would run through a text on that side. */
const nearBend = 48;
/** Free between two rows of boxes, at least. */
const rowGap = 32;

function carriedText(values: Arranged['scene']['graph']['values'], carried: readonly number[]): string {
  const all = [...new Set(carried)];
  const first = values[all[0]!]?.shape;
  if (!first) return all.length > 1 ? `${all.length} values` : '';
  const text = shortened(visible(shape(first)), 28);
  return all.length > 1 ? `${text} +${all.length - 1}` : text;
}
