/** A name that is written at a place of a picture. */
interface Named {
  readonly label: { readonly text: string; readonly x: number; readonly y: number };
}

/** Of the picture's text at 11 px. */
const lineHeight = 13;

/** Names that would stand on one another move down, one under the other, and up again from the lower edge. */
export function namesApart<Line extends Named>(lines: readonly Line[], bottom: number): Line[] {
  const order = [...lines.keys()].sort((a, b) => lines[a]!.label.y - lines[b]!.label.y);
  const places = new Map<number, number>();
  let above = -Infinity;
  for (const i of order) places.set(i, (above = Math.max(lines[i]!.label.y, above + lineHeight)));
  let below = bottom + lineHeight;
  for (const i of order.toReversed()) places.set(i, (below = Math.min(places.get(i)!, below - lineHeight)));
  return lines.map((line, i) => ({ ...line, label: { ...line.label, y: places.get(i)! } }));
}
