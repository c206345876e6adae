import { short } from '../text/short.ts';

/** Names in files can be megabytes long; a line of a hover is not. */
const longest = 200;

/** Foreign text as code: a fence longer than any run of ` within, so that nothing in it is Markdown or HTML. */
export function code(text: string, most = longest): string {
  const inner = short(text, most);
  const runs = inner.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const padded = /^`|`$|^ .* $/.test(inner) || inner === '' ? ` ${inner} ` : inner;
  return `${fence}${padded}${fence}`;
}

/** Foreign text as prose: every sign that Markdown or HTML could take for its own is escaped. */
export const prose = (text: string, most = longest): string =>
  short(text, most).replace(/[\\`*_{}[\]()#+!|<>~&:@]/g, (sign) => (sign === '<' ? '&lt;' : sign === '&' ? '&amp;' : `\\${sign}`));

/** Lines as they are, in a typeface whose signs are of one width. */
export const drawn = (lines: readonly string[]): string => ['```text', ...lines, '```'].join('\n');

/** A value as a recipe writes it. */
export const valueCode = (value: unknown): string => code(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Parts one below the other; what is not there is left out. */
export const paragraphs = (...parts: (string | undefined | false)[]): string => parts.filter(Boolean).join('\n\n');

export const bullets = (lines: readonly (string | undefined | false)[]): string =>
  lines.flatMap((line) => (line ? [`- ${line}`] : [])).join('\n');
