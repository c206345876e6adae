/** A piece of inserted text: as it is, or a place to fill in with what stands there at first, or with what there is to choose from. */
export type Part = string | { readonly stop: string; readonly choices?: readonly string[] };

/** As a snippet of the protocol; as plain text where the client has none, with the first choice in each place. */
export function rendered(parts: readonly Part[], asSnippet: boolean): string {
  let next = 1;
  return parts
    .map((part) => {
      if (typeof part === 'string') return asSnippet ? part.replace(/[\\$]/g, '\\$&') : part;
      if (!asSnippet) return part.choices?.[0] ?? part.stop;
      const number = next++;
      if (part.choices?.length) return `\${${number}|${part.choices.map(escapedChoice).join(',')}|}`;
      return part.stop === '' ? `$${number}` : `\${${number}:${escaped(part.stop)}}`;
    })
    .join('');
}

export const hasStops = (parts: readonly Part[]): boolean => parts.some((part) => typeof part !== 'string');

const escaped = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

const escapedChoice = (text: string): string => text.replace(/[\\$},|]/g, '\\$&');
