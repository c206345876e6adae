import { visible } from '../../protocol/format.ts';

/** Colours of a terminal, and foreign text in it. */

const sgr =
  (code: number) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;
export const bold = sgr(1);
export const dim = sgr(2);
export const red = sgr(31);
export const green = sgr(32);
export const yellow = sgr(33);

/** Nobody reads a longer line. */
const longest = 600;

/** Foreign text on one line. */
export const plain = (text: string): string => {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return visible(cut.replace(/\s*[\r\n]+\s*/g, ' '));
};
