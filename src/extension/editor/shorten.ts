/** Longer texts and lists are cut in the view; the file keeps them. */
const shownText = 400;

export const cut = (text: string): string => (text.length > shownText ? `${text.slice(0, shownText)} …` : text);

export function shorten(items: string[], limit: number, rest: (count: number) => string): string[] {
  return items.length > limit ? [...items.slice(0, limit), rest(items.length - limit)] : items;
}
