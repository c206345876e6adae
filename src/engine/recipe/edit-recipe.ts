import { isMap, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { keyText } from './branch.ts';
import type { Path } from './check.ts';
import { editMap, inOrder, startOf, type TextEdit } from './edit-map.ts';
import { editList } from './edit-list.ts';
import type { Change } from './fix.ts';
import { flowText, itemText } from './flow-text.ts';
import { colonAfter } from './layer-entries.ts';
import { recipeShape } from './schema.ts';
import type { RecipeText } from './text.ts';

/**
 * Changes of what a recipe says as edits of its text (YAML or JSON) that leave everything else as it is: comments, order, the way of
 * writing. Undefined where the text is written so that they have no place of their own (behind an alias, in a broken part).
 */
export function editRecipe(text: string, { contents }: Pick<RecipeText, 'contents'>, changes: readonly Change[]): TextEdit[] | undefined {
  const editor = new RecipeEditor(text, contents);
  for (const change of editor.joined(changes)) if (!editor.add(change)) return undefined;
  return inOrder(editor.edits());
}

/** What is to become of one map. */
interface MapEdit {
  readonly items: Map<number, string[]>;
  readonly added: string[];
}

class RecipeEditor {
  readonly #text: string;
  readonly #contents: Node | null;
  readonly #isJson: boolean;
  readonly #maps = new Map<YAMLMap, MapEdit>();
  readonly #edits: TextEdit[] = [];

  constructor(text: string, contents: Node | null) {
    this.#text = text;
    this.#contents = contents;
    this.#isJson = /^\s*\{/.test(text);
  }

  edits(): TextEdit[] {
    const inMaps = [...this.#maps].flatMap(([map, { items, added }]) => {
      const after = map === this.#contents && added.length === 1 ? placeAtRoot(map, added[0]!) : undefined;
      return editMap(this.#text, map, { items, added, ...(after === undefined ? {} : { after }) });
    });
    return [...inMaps, ...this.#edits];
  }

  /** What is set inside a map that is not there yet goes there together. */
  joined(changes: readonly Change[]): Change[] {
    const together = new Map<string, { path: Path; value: Record<string, unknown> }>();
    const others = changes.filter((change) => {
      const parent = change.path.slice(0, -1);
      if (change.kind !== 'set' || parent.length === 0 || isMap(this.#at(parent)) || isSeq(this.#at(parent))) return true;
      const id = JSON.stringify(parent);
      const group = together.get(id) ?? { path: parent, value: {} };
      group.value[String(change.path.at(-1))] = change.value;
      together.set(id, group);
      return false;
    });
    return [...others, ...[...together.values()].map((group): Change => ({ kind: 'set', ...group }))];
  }

  /** False: the change has no place. */
  add(change: Change): boolean {
    switch (change.kind) {
      case 'set':
        return this.#set(change.path, change.value);
      case 'remove':
        return this.#remove(change.path);
      case 'rename':
        return this.#rename(change.path, change.key);
      case 'insert':
        return this.#insert(change.path, change.index, change.value);
    }
  }

  #set(path: Path, value: unknown): boolean {
    let node: Node | null = this.#contents;
    for (const [depth, part] of path.entries()) {
      const rest = path.slice(depth + 1).reduceRight((inner, key) => ({ [key]: inner }), value);
      if (isSeq(node) && typeof part === 'number') {
        const item: unknown = node.items[part];
        if (item === undefined) return false;
        if (depth === path.length - 1) return this.#replaceItem(node as YAMLSeq, part, value);
        node = item as Node;
      } else if (isMap(node)) {
        const [index, pair] = pairAt(node as YAMLMap, part);
        if (!pair) return this.#in(node as YAMLMap).added.push(itemText(String(part), rest, this.#isJson)) > 0;
        const inner = pair.value as Node | null;
        // `quantize:` without a value gets a map.
        if (depth === path.length - 1 || (!isMap(inner) && !isSeq(inner))) {
          this.#in(node as YAMLMap).items.set(index, [`${this.#keyOf(pair)} ${flowText(rest, this.#isJson)}`]);
          return true;
        }
        node = inner;
      } else return false;
    }
    return false;
  }

  #remove(path: Path): boolean {
    const parent = this.#at(path.slice(0, -1));
    const part = path.at(-1)!;
    if (isSeq(parent) && typeof part === 'number') {
      const edits = editList(this.#text, parent as YAMLSeq, part, undefined);
      return edits !== undefined && this.#edits.push(...edits) > 0;
    }
    if (!isMap(parent)) return false;
    const [index, pair] = pairAt(parent as YAMLMap, part);
    if (!pair) return false;
    const { items } = this.#in(parent as YAMLMap);
    items.set(index, []);
    if (!parent.flow && [...items.values()].filter((texts) => texts.length === 0).length === parent.items.length) {
      // A block map cannot be empty.
      this.#maps.delete(parent as YAMLMap);
      return path.length > 1 && this.#set(path.slice(0, -1), {});
    }
    return true;
  }

  #rename(path: Path, key: string): boolean {
    const parent = this.#at(path.slice(0, -1));
    if (!isMap(parent)) return false;
    const [, pair] = pairAt(parent as YAMLMap, path.at(-1)!);
    const range = (pair?.key as Node | undefined)?.range;
    if (!range) return false;
    const quote = /^["']/.exec(this.#text.slice(range[0]))?.[0];
    this.#edits.push({ from: range[0], to: range[1], text: quote ? JSON.stringify(key) : flowText(key, this.#isJson) });
    return true;
  }

  #insert(path: Path, index: number, value: unknown): boolean {
    const list = this.#at(path);
    if (!isSeq(list)) return (list === undefined || list === null) && this.#set(path, [value]);
    const edits = editList(this.#text, list as YAMLSeq, index, this.#listItem(list as YAMLSeq, value), true);
    return edits !== undefined && this.#edits.push(...edits) > 0;
  }

  /** In a block a step stands without brackets: `- quantize: {}`. */
  #listItem(list: YAMLSeq, value: unknown): string {
    const [only, ...more] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return only && more.length === 0 && !list.flow ? itemText(...only, this.#isJson) : flowText(value, this.#isJson);
  }

  #replaceItem(list: YAMLSeq, index: number, value: unknown): boolean {
    const edits = editList(this.#text, list, index, flowText(value, this.#isJson));
    return edits !== undefined && this.#edits.push(...edits) > 0;
  }

  /** The key and its colon, as written. */
  #keyOf(pair: Pair): string {
    const end = (pair.key as Node).range?.[1] ?? 0;
    const colon = colonAfter(this.#text, end);
    return colon > end ? this.#text.slice(startOf(pair), colon) : `${this.#text.slice(startOf(pair), end)}:`;
  }

  #in(map: YAMLMap): MapEdit {
    let edit = this.#maps.get(map);
    if (!edit) this.#maps.set(map, (edit = { items: new Map(), added: [] }));
    return edit;
  }

  #at(path: Path): Node | null | undefined {
    let node: Node | null | undefined = this.#contents;
    for (const part of path) {
      if (isSeq(node) && typeof part === 'number') node = node.items[part] as Node | undefined;
      else if (isMap(node)) node = pairAt(node as YAMLMap, part)[1]?.value as Node | null | undefined;
      else return undefined;
    }
    return node;
  }
}

function pairAt(map: YAMLMap, part: string | number): [number, Pair | undefined] {
  const index = map.items.findIndex(({ key }) => keyText(key) === String(part));
  return [index, map.items[index]];
}

/** Behind which item of the root a new key belongs, in the order of the declarations; undefined: at the end. */
function placeAtRoot(root: YAMLMap, item: string): number | undefined {
  const order = Object.keys(recipeShape().properties);
  const rank = (key: string): number => order.indexOf(key);
  const mine = rank(item.slice(0, item.indexOf(':')).replaceAll('"', ''));
  if (mine < 0) return undefined;
  let after: number | undefined;
  root.items.forEach(({ key }, i) => {
    const other = rank(keyText(key) ?? '');
    if (other >= 0 && other < mine) after = i;
  });
  return after;
}
