import { visible } from '../../../src/protocol/format.ts';

/** Names in files can be megabytes long; a line of a hover is not. */
const longest = 200;

/** Text of a file, cut, with nothing in it that turns or breaks lines. */
export const shown = (text: string, most = longest): string =>
  visible(text.length > most ? `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…` : text);

/** Foreign text as code: a fence longer than any run of ` within, so that nothing in it is Markdown or HTML. */
export function code(text: string, most = longest): string {
  const inner = shown(text, most);
  const runs = inner.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const padded = /^`|`$|^ .* $/.test(inner) || inner === '' ? ` ${inner} ` : inner;
  return `${fence}${padded}${fence}`;
}

/** Foreign text as prose: every sign that Markdown or HTML could take for its own is escaped. */
export const prose = (text: string, most = longest): string =>
  shown(text, most).replace(/[\\`*_{}[\]()#+\-.!|<>~&:@]/g, (sign) => (sign === '<' ? '&lt;' : sign === '&' ? '&amp;' : `\\${sign}`));

/** A value as a recipe writes it. */
export const valueCode = (value: unknown): string => code(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Parts one below the other; what is not there is left out. */
export const paragraphs = (...parts: (string | undefined | false)[]): string => parts.filter(Boolean).join('\n\n');

export const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
