import type { Box } from './scene.ts';
import type { Measure } from './text.ts';

/** Measures of a box, CSS pixels at zoom 1. */
export const inset = 12;
export const topRoom = 7;
export const titleLine = 18;
export const textLine = 15;
/** Above what lies in an open group. */
export const titleHeight = 30;
/** A folded group is drawn as a stack of three; how far each lies below the one before. */
export const stackStep = 3;
/** Kept free to the right of a title for an overlay's figure, so that showing one needs no new layout. */
const figureRoom = 72;
const foldRoom = 22;

/** Width and height; of a container the least it takes. */
export function boxSize(box: Box, measure: Measure): [width: number, height: number] {
  const title = measure(box.title, 'title');
  const fold = box.group >= 0 ? foldRoom : 0;
  if (box.container) return [Math.ceil(title + 2 * inset + fold), titleHeight];
  const end = box.kind === 'input' || box.kind === 'output';
  const widest = Math.max(title + fold + (end ? 0 : figureRoom), ...box.lines.map((line) => measure(line, 'text')));
  const height = 2 * topRoom + titleLine + box.lines.length * textLine;
  return [Math.ceil(Math.max(end ? 64 : 96, widest + 2 * inset)), height];
}
