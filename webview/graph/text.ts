/** Width of a text in CSS pixels. */
export type Measure = (text: string, font: FontName) => number;

export type FontName = 'title' | 'text' | 'figure' | 'label';
/** Weight and size in CSS pixels at zoom 1. */
export const fonts: Record<FontName, { weight: number; size: number }> = {
  title: { weight: 600, size: 12.5 },
  text: { weight: 400, size: 11 },
  figure: { weight: 600, size: 11 },
  label: { weight: 400, size: 10 },
};

/** The text, cut in its middle to `room` characters: the ends of a name tell most. */
export function shortened(text: string, room: number): string {
  // A name may be a megabyte long: it is cut before it is taken apart.
  if (text.length > 8 * room) text = `${text.slice(0, 4 * room)}${text.slice(-4 * room)}`;
  const signs = Array.from(text);
  if (signs.length <= room) return text;
  const tail = Math.ceil((room - 1) * 0.6);
  return `${signs.slice(0, room - 1 - tail).join('')}…${signs.slice(-tail).join('')}`;
}
