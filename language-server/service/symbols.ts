import { SymbolKind, type DocumentSymbol } from 'vscode-languageserver-types';
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { keyText } from '../../src/engine/recipe/branch.ts';
import { endOf, pairsOf, type ReadPair } from '../../src/engine/recipe/layer-entries.ts';
import type { RecipeDocument } from './document.ts';
import type { Request } from './feature.ts';
import { rangeOf } from './text/range.ts';
import { short } from './text/short.ts';

/** Nobody reads more of a detail. */
const longestDetail = 80;

/** What each key at the root is, for its icon; `item`: of what stands below it. */
const kinds: Readonly<Record<string, { readonly own: SymbolKind; readonly item: SymbolKind }>> = {
  model: { own: SymbolKind.File, item: SymbolKind.File },
  models: { own: SymbolKind.Module, item: SymbolKind.Variable },
  data: { own: SymbolKind.Package, item: SymbolKind.Array },
  steps: { own: SymbolKind.Namespace, item: SymbolKind.Function },
  layers: { own: SymbolKind.Class, item: SymbolKind.Field },
};
const other = { own: SymbolKind.Property, item: SymbolKind.Property };

/** The outline of a recipe: its keys, the models, data sources, steps and layer entries in them. */
export function documentSymbols({ document }: Pick<Request, 'document'>): DocumentSymbol[] {
  const { contents, anchors } = document.tree;
  if (!isMap(contents)) return [];
  return pairsOf(contents, anchors).map((section) => {
    const { own, item } = kinds[section.key] ?? other;
    return { ...symbolOf(document, section, own), children: childrenOf(document, section, item) };
  });
}

function childrenOf(document: RecipeDocument, { key, value, pair }: ReadPair, kind: SymbolKind): DocumentSymbol[] {
  // Below an alias stand lines of another place.
  if (value !== pair.value) return [];
  const { anchors } = document.tree;
  if (isMap(value)) return pairsOf(value, anchors).map((entry) => symbolOf(document, entry, kind));
  if (!isSeq(value) || key !== 'steps') return [];
  return value.items.flatMap((item) => {
    const [step] = isMap(item) ? pairsOf(item, anchors) : [];
    return step ? [symbolOf(document, step, kind)] : [];
  });
}

function symbolOf(document: RecipeDocument, { key, pair, value }: ReadPair, kind: SymbolKind): DocumentSymbol {
  const text = document.text.getText();
  const [from, to] = (pair.key as Node).range!;
  return {
    name: short(key) || '""',
    detail: short(detailOf(value), longestDetail),
    kind,
    range: rangeOf(document, from, Math.max(to, endOf(pair, text))),
    selectionRange: rangeOf(document, from, to),
  };
}

/** A value in a few words: "weights: 4, activations: 8". */
function detailOf(node: Node | null): string {
  if (isScalar(node)) return node.value === null ? '' : String(node.value).slice(0, longestDetail * 2);
  if (isSeq(node)) return node.items.slice(0, 8).every(isScalar) ? node.items.slice(0, 8).map((item) => detailOf(item as Node)).join(', ') : ''; // prettier-ignore
  if (!isMap(node)) return '';
  return (node.items as Pair[])
    .slice(0, 8)
    .flatMap(({ key, value }) => {
      const name = keyText(key);
      if (name === undefined) return [];
      const shown = detailOf(value as Node | null);
      return shown && isScalar(value) ? `${name}: ${shown}` : name;
    })
    .join(', ');
}
