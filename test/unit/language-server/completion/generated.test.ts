import type { TSchema } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import type { CompletionItem, TextEdit } from 'vscode-languageserver-types';
import { completion } from '../../../../language-server/service/completion/completion.ts';
import { recipeDeclaration, schemaAt } from '../../../../language-server/service/schema/schema-at.ts';
import { freeValue, properties } from '../../../../src/engine/recipe/branch.ts';
import { branches } from '../../../../src/engine/recipe/describe.ts';
import { parseRecipeText } from '../../../../src/engine/recipe/text.ts';
import { applied, requestAt } from '../support.ts';

type Parts = readonly (string | number)[];

/** A key that is declared, with its declaration and the values of its map that tell which kind of map it is. */
interface Key {
  readonly path: Parts;
  readonly schema: TSchema;
}

/** Every key of the declarations, with one made-up key for each free map and one item for each list. */
function* keysOf(schema: TSchema, path: Parts = []): Generator<Key> {
  for (const branch of branches(schema)) {
    for (const [key, inner] of Object.entries(properties(branch))) {
      yield { path: [...path, key], schema: inner };
      yield* keysOf(inner, [...path, key]);
    }
    const free = freeValue(branch);
    if (free) yield* keysOf(free, [...path, 'made-up']);
    const items = branch['items'] as TSchema | TSchema[] | undefined;
    if (items && !Array.isArray(items)) yield* keysOf(items, [...path, 0]);
  }
}

const unique = (keys: Iterable<Key>): Key[] => [...new Map([...keys].map((key) => [key.path.join('.'), key])).values()];
const keys = unique(keysOf(recipeDeclaration));

/** A text in which the mark stands where the last key of a path, or its value, belongs. */
const writers: Readonly<Record<string, (path: Parts, end: string) => string>> = {
  block: (path, end) => {
    let text = '';
    let indent = 0;
    path.forEach((part, i) => {
      const isItem = typeof path[i - 1] === 'number';
      if (typeof part === 'number') text += `${i ? '\n' : ''}${' '.repeat(indent)}- `;
      else text += `${i && !isItem ? '\n' : ''}${isItem ? '' : ' '.repeat(indent)}${i === path.length - 1 ? '' : `${part}:`}`;
      indent += 2;
    });
    return text + end;
  },
  flow: (path, end) => {
    const [first, ...rest] = path;
    if (rest.length === 0) return end;
    const opened = rest.map((part, i) => (typeof part === 'number' ? '[' : i === rest.length - 1 ? '{ ' : `{ ${part}: `)).join('');
    const closed = rest
      .map((part) => (typeof part === 'number' ? ']' : ' }'))
      .reverse()
      .join('');
    return `${first}: ${opened}${end}${closed}\nseed: 3`;
  },
  json: (path, end) => {
    const opened = path.map((part, i) => (typeof part === 'number' ? '[' : i === path.length - 1 ? '{' : `{"${part}": `)).join('');
    const closed = path
      .map((part) => (typeof part === 'number' ? ']' : '}'))
      .reverse()
      .join('');
    return `${opened}${end}${closed}`;
  },
  'broken flow': (path, end) => {
    const [first, ...rest] = path;
    if (rest.length === 0) return end;
    const opened = rest.map((part, i) => (typeof part === 'number' ? '[' : i === rest.length - 1 ? '{ ' : `{ ${part}: `)).join('');
    return `${first}: ${opened}${end}\nseed: 3`;
  },
};

function itemsAt(marked: string, file?: string): { text: string; items: CompletionItem[] } {
  const request = requestAt(marked, undefined, file);
  return { text: request.document.text.getText(), items: completion(request, request.position, { snippets: false }).items };
}

const editsOf = (item: CompletionItem): TextEdit[] => [item.textEdit as TextEdit, ...(item.additionalTextEdits ?? [])];
const fileOf = (style: string): string | undefined => (style === 'json' ? '/work-space/test.compress.json' : undefined);

describe.each(Object.entries(writers))('in a recipe in %s style', (style, write) => {
  it('offers every declared key in its place, and writes it so that it can be read again there', () => {
    const wrong: string[] = [];
    for (const { path } of keys) {
      const { text, items } = itemsAt(write(path, '|'), fileOf(style));
      const item = items.find(({ label }) => label === path.at(-1));
      if (!item?.documentation) wrong.push(`${path.join('.')} is not offered`);
      // Nothing can be read where brackets are open.
      if (!item || style === 'broken flow') continue;
      const after = applied(text, editsOf(item));
      const parsed = parseRecipeText(after, 'test');
      const declared = parsed.problems.length === 0 && schemaAt(parsed, path);
      if (!declared || declared.isFree) wrong.push(`${path.join('.')}: ${after}`);
    }
    expect(wrong).toEqual([]);
  });

  it('offers every word, yes and no, and every default as a value', () => {
    const missing: string[] = [];
    for (const { path, schema } of keys) {
      const key = style === 'json' ? `"${String(path.at(-1))}"` : String(path.at(-1));
      const { items } = itemsAt(write(path, `${key}: |`), fileOf(style));
      const labels = new Set(items.map(({ label }) => label));
      const words = branches(schema).flatMap((branch) =>
        'const' in branch ? [String(branch['const'])] : ((branch['enum'] as string[]) ?? []),
      );
      const usual: unknown = schema['default'];
      if (branches(schema).some((branch) => branch['type'] === 'boolean' && !('const' in branch))) words.push('true', 'false');
      if (usual !== undefined && typeof usual !== 'object') words.push(String(usual));
      missing.push(...words.filter((word) => !labels.has(word)).map((word) => `${path.join('.')}: ${word}`));
    }
    expect(missing).toEqual([]);
  });
});
