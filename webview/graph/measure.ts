import type { CanvasContext } from './canvas-ink.ts';
import { fonts, type FontName, type Measure } from './text.ts';

/**
 * Measures by a table of characters: a name of ASCII costs additions, not a call to the canvas (25,000 names: 5 ms instead of 300). Kerning is left
 * out, which makes a text seem wider by a percent at most. Other characters are measured once each.
 */
export function textMeasure(context: CanvasContext, family: string): Measure {
  const tables = Object.fromEntries(Object.keys(fonts).map((font) => [font, new Map<string, number>()])) as Record<
    FontName,
    Map<string, number>
  >;
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
