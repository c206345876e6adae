import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SymbolKind, type DocumentSymbol, type Range, type WorkspaceSymbol } from 'vscode-languageserver-types';
import type { RecipeDocument } from './document.ts';
import type { Facts } from './facts.ts';
import { documentSymbols } from './symbols.ts';

/** Something in a recipe that has a name. Plain data: it crosses threads. */
export interface RecipeSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  readonly range: Range;
  /** Key at the root that it stands below; absent for the recipe itself. */
  readonly section?: string;
}

/** Of one recipe, and of one answer: nobody reads more. */
const mostOfRecipe = 2000;
const mostFound = 500;

/** The recipe by its file's name, and its models, data sources, steps and layer entries. */
export function recipeSymbols(document: RecipeDocument): RecipeSymbol[] {
  const start = { line: 0, character: 0 };
  const name = path.basename(document.file ?? document.uri);
  const own = { name, kind: SymbolKind.File, range: { start, end: start } };
  const below = documentSymbols({ document }).flatMap(({ name: section, children = [] }) =>
    children.map(({ name, kind, selectionRange: range }: DocumentSymbol): RecipeSymbol => ({ name, kind, range, section })),
  );
  return [own, ...below.slice(0, mostOfRecipe)];
}

/** Names of all recipes that are open or in the workspace that have the letters of a query in its order. `isWhole`: all recipes were looked through. */
export function workspaceSymbols(
  open: readonly RecipeDocument[],
  facts: Facts,
  query: string,
): { symbols: WorkspaceSymbol[]; isWhole: boolean } {
  const opened = new Set(open.map(({ file }) => file));
  const closed = facts.recipes().filter((file) => !opened.has(file)).map((file) => ({ file, known: facts.outline(file) })); // prettier-ignore
  const all = [
    ...open.map((document) => ({ uri: document.uri, symbols: recipeSymbols(document) })),
    ...closed.flatMap(({ file, known }) => (known.state === 'known' ? [{ uri: pathToFileURL(file).href, symbols: known.value }] : [])),
  ];
  const fits = matcher(query);
  const found = all.flatMap(({ uri, symbols }) =>
    symbols.filter(({ name }) => fits(name)).map(({ name, kind, range, section }) => ({
      name,
      kind,
      location: { uri, range },
      containerName: [symbols[0]!.name, section].filter((part) => part !== undefined && part !== name).join(' › '),
    })),
  ); // prettier-ignore
  return { symbols: found.slice(0, mostFound), isWhole: closed.every(({ known }) => known.state !== 'reading') };
}

/** Letters of the query stand in the name in their order, as editors that filter once more expect. */
function matcher(query: string): (name: string) => boolean {
  const letters = [...query.toLowerCase().slice(0, 200)].filter((letter) => letter.trim() !== '');
  return (name) => {
    const lower = name.toLowerCase();
    let at = 0;
    for (const letter of letters) {
      at = lower.indexOf(letter, at) + letter.length;
      if (at < letter.length) return false;
    }
    return true;
  };
}
