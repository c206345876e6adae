/** What the parser's messages mean to somebody who writes a recipe and knows no words like "implicit key". The first that fits. */
const meanings: readonly (readonly [message: RegExp, words: string])[] = [
  [/multiple documents/, 'a second text begins here ("---"): a recipe is one'],
  [/^tabs are not allowed/i, 'a tab stands before this: YAML is indented with spaces'],
  [/^flow map .*end with a \}/i, 'a "}" is missing'],
  [/^flow sequence .*end with a \]/i, 'a "]" is missing'],
  [/^missing closing (["'])quote/i, 'a closing $1 is missing'],
  [/^missing , or : between flow map items/i, 'a "," or a ":" is missing'],
  [/^implicit (?:map )?keys need to be/i, 'a colon with a space behind it (": ") is missing after this key'],
  [/^nested mappings are not allowed/i, 'this has a second ": " in one line: text with a colon stands in quotes'],
  [/^a block sequence may not be used as an implicit map key/i, 'a list stands where a key is expected'],
  [/^unexpected , in flow/i, 'a "," too many'],
  [/^unexpected [\w-]+ (?:token )?(?:at node end|in yaml stream)/i, 'this does not belong here: the value before it has ended'],
  [/^plain value cannot start with .*character (.)$/i, 'text that begins with $1 stands in quotes'],
  [/^unresolved tag/i, 'a recipe has no tags ("!…")'],
  [/^all mapping items must start at the same column/i, 'this key does not stand in the column of the keys beside it'],
  [/^all sequence items must start at the same column/i, 'this item does not stand in the column of the items beside it'],
  [/^sequence item without - indicator/i, 'a "- " is missing before this item'],
];

/** A syntax error in plain words; the parser's own where there are none. */
export function inWords(message: string): string {
  const trimmed = message.trim().replace(/\s+/g, ' ');
  for (const [pattern, words] of meanings) {
    const found = pattern.exec(trimmed);
    if (found) return words.replace('$1', () => found[1] ?? '');
  }
  return trimmed.charAt(0).toLowerCase() + trimmed.slice(1);
}
