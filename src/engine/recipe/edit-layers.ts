import { isAlias, isMap, isScalar, type Node, type Pair, type YAMLMap } from 'yaml';
import { LatheError } from '../base/errors.ts';
import { editMap, indentOf, inOrder, lineBreak, lineEnd, startOf, applyEdits, type TextEdit } from './edit-map.ts';
import { colonAfter, endOf, layersOf, overridesByLayer, pairsOf } from './layer-entries.ts';
import { planLayers, same, sameOverride, type Entry, type LayerChange, type Slot } from './plan-layers.ts';
import { parseRecipeText, type RecipeText } from './text.ts';
import type { LayerOverride } from './types.ts';

/**
 * The change of some layers' settings as edits of a recipe's text (YAML or JSON): in its place where there is an entry, at the end of
 * `layers` otherwise, and comments, order and spelling of all else stay byte for byte. `names` are those of all the model's layers, in its
 * order. No edits: the recipe says so already.
 *
 * Throws LatheError: `recipe.syntax` for a text that cannot be read, `recipe.layers` where the change has no place (see `planLayers`).
 */
export function editLayers(text: string, change: LayerChange, names: readonly string[]): TextEdit[] {
  const parsed = parseRecipeText(text, '');
  const { entries, problem } = layersOf(parsed, text);
  if (problem) throw new LatheError('recipe.syntax', problem.message, { line: problem.line, column: problem.column });
  const slots = planLayers(entries, change, names);
  const edits = new LayersEditor(text, parsed, entries).edit(slots);
  check(applyEdits(text, edits), rest(parsed), slots, names, change.aliases);
  return edits;
}

class LayersEditor {
  readonly #text: string;
  readonly #root: YAMLMap;
  readonly #anchors: ReadonlyMap<string, Node>;

  constructor(
    text: string,
    { contents, anchors }: RecipeText,
    private readonly entries: readonly Entry[],
  ) {
    this.#text = text;
    if (!isMap(contents)) throw new LatheError('recipe.syntax', 'this is no recipe', { hint: 'A recipe begins with "version: 1".' });
    this.#root = contents as YAMLMap;
    this.#anchors = anchors;
  }

  edit(slots: readonly Slot[]): TextEdit[] {
    const pair = pairsOf(this.#root, this.#anchors).find(({ key }) => key === 'layers')?.pair;
    const layers = pair?.value as Node | null | undefined;
    if (isMap(layers) && layers.items.length) return this.#change(layers as YAMLMap, pair!, slots);
    const added = slots.map((slot) => this.#entry(slot));
    if (added.length === 0) return [];
    return pair ? this.#fill(pair, added) : this.#section(added);
  }

  #change(layers: YAMLMap, pair: Pair, slots: readonly Slot[]): TextEdit[] {
    const pairs = pairsOf(layers, this.#anchors);
    if (pairs.length !== layers.items.length) throw unusual();
    if (slots.length === 0) return [this.#empty(pair, layers)];
    const items = new Map<number, readonly string[]>();
    const inside: TextEdit[] = [];
    pairs.forEach(({ key, pair: entry }, i) => {
      const mine = slots.filter(({ from }) => from === i);
      const [only] = mine;
      if (mine.length === 1 && only?.pattern === key) {
        if (!sameOverride(only.override, this.entries[i]?.override)) inside.push(...this.#settings(entry, only.override));
      }
      else items.set(i, mine.map((slot) => this.#entry(slot))); // prettier-ignore
    });
    const added = slots.filter(({ from }) => from === undefined).map((slot) => this.#entry(slot));
    const allGo = pairs.every((_, i) => items.get(i)?.length === 0);
    if (allGo) items.set(0, added);
    return inOrder([...inside, ...editMap(this.#text, layers, { items, added: allGo ? [] : added })]);
  }

  /** Of the last entry: `layers` goes as well, unless there are comments in it. */
  #empty(pair: Pair, layers: YAMLMap): TextEdit {
    const text = this.#text;
    const [from, to] = [startOf(pair), lineEnd(text, endOf(pair, text))];
    if (layers.flow || /#/.test(text.slice(from, to)) || indentOf(text, from) === undefined) {
      const [start, end] = layers.flow ? [layers.range![0], layers.range![1]] : [startOf(layers.items[0]!), endOf(pair, text)];
      return { from: start, to: end, text: '{}' };
    }
    const next = text.indexOf('\n', to);
    return { from: from - indentOf(text, from)!.length, to: next < 0 ? text.length : next + 1, text: '' };
  }

  /** An entry's settings, changed in its own way of writing. */
  #settings(entry: Pair, override: LayerOverride): TextEdit[] {
    const text = this.#text;
    const value = entry.value as Node | null;
    const before = isMap(value) ? pairsOf(value as YAMLMap, this.#anchors) : [];
    if (isAlias(value)) return this.#replaced(entry, override);
    if (!isMap(value) || before.length === 0) {
      if (Object.keys(override).length === 0) return [];
      const colon = colonAfter(text, (entry.key as Node).range![1]);
      const end = Math.max(colon, endOf(entry, text));
      return [{ from: colon, to: end, text: ` ${this.#flow(override)}` }];
    }
    const old = new Map(before.map(({ key, value: was }) => [key, isScalar(was) ? was.value : undefined]));
    const fresh = Object.entries(override).filter(([key]) => !old.has(key));
    const items = new Map<number, readonly string[]>();
    const edits: TextEdit[] = [];
    before.forEach(({ key, pair }, i) => {
      if (!Object.hasOwn(override, key)) {
        // What comes takes the place of what goes.
        const next = fresh.shift();
        items.set(i, next ? [this.#setting(next)] : []);
      } else if (override[key] !== old.get(key) && typeof override[key] !== 'object') edits.push(this.#value(pair, override[key]));
    });
    if ([...items.values()].filter(({ length }) => length === 0).length === before.length) return this.#replaced(entry, override);
    return inOrder([...edits, ...editMap(text, value as YAMLMap, { items, added: fresh.map((setting) => this.#setting(setting)) })]);
  }

  #replaced(entry: Pair, override: LayerOverride): TextEdit[] {
    const colon = colonAfter(this.#text, (entry.key as Node).range![1]);
    const { range } = entry.value as Node;
    // Block maps begin on a line of their own.
    const from = isMap(entry.value) && !entry.value.flow ? colon : range![0];
    return [{ from, to: endOf(entry, this.#text), text: `${from === colon ? ' ' : ''}${this.#flow(override)}` }];
  }

  #value(pair: Pair, value: unknown): TextEdit {
    const node = pair.value as Node;
    return { from: node.range![0], to: node.range![1], text: scalar(value, this.#json) };
  }

  /** Into `layers:` that has nothing in it yet. */
  #fill(pair: Pair, added: readonly string[]): TextEdit[] {
    const text = this.#text;
    const value = pair.value as Node | null;
    if (isAlias(value)) throw unusual();
    const colon = colonAfter(text, (pair.key as Node).range![1]);
    const end = Math.max(colon, endOf(pair, text));
    if (this.#root.flow) return [{ from: colon, to: end, text: ` ${this.#body(pair, added)}` }];
    const at = lineEnd(text, end);
    const lines = added.map((entry) => `${lineBreak(text)}${this.#outer}${this.#step}${entry}`).join('');
    return [...(end > colon ? [{ from: colon, to: end, text: '' }] : []), { from: at, to: at, text: lines }];
  }

  /** `layers` behind `steps`, or at the end. */
  #section(added: readonly string[]): TextEdit[] {
    const text = this.#text;
    const pairs = this.#root.items;
    const known = pairsOf(this.#root, this.#anchors);
    const steps = known.findIndex(({ key }) => key === 'steps');
    const after = steps < 0 ? pairs.length - 1 : pairs.indexOf(known[steps]!.pair as (typeof pairs)[number]);
    const last = pairs[after];
    if (!last) throw unusual();
    if (this.#root.flow) {
      const section = `${this.#json ? '"layers"' : 'layers'}: ${this.#body(last, added)}`;
      return editMap(text, this.#root, { items: new Map(), added: [section], after });
    }
    const blank = /\n[ \t]*\r?\n[ \t]*$/.test(text.slice(0, startOf(last))) ? lineBreak(text) : '';
    const at = lineEnd(text, endOf(last, text));
    const lines = ['layers:', ...added.map((entry) => this.#step + entry)].map((line) => lineBreak(text) + this.#outer + line);
    return [{ from: at, to: at, text: blank + lines.join('') }];
  }

  /** `{ … }` of entries, one a line where the items around it have lines of their own. */
  #body(beside: Pair, added: readonly string[]): string {
    const indent = indentOf(this.#text, startOf(beside));
    if (indent === undefined) return `{ ${added.join(', ')} }`;
    const inner = lineBreak(this.#text) + indent + this.#step;
    return `{${inner}${added.join(`,${inner}`)}${lineBreak(this.#text)}${indent}}`;
  }

  #entry({ pattern, override }: { pattern: string; override: LayerOverride }): string {
    return `${quoted(pattern)}: ${this.#flow(override)}`;
  }

  #flow(override: LayerOverride): string {
    const settings = Object.entries(override).map((setting) => this.#setting(setting));
    return settings.length ? `{ ${settings.join(', ')} }` : '{}';
  }

  #setting([key, value]: [string, unknown]): string {
    return `${this.#json ? quoted(key) : key}: ${scalar(value, this.#json)}`;
  }

  get #json(): boolean {
    return this.#text.trimStart().startsWith('{');
  }

  /** Space before the recipe's own keys. */
  get #outer(): string {
    const [first] = this.#root.items;
    return (first && indentOf(this.#text, startOf(first))) ?? '';
  }

  /** One level of indentation as the text has it. */
  get #step(): string {
    const found = /\n( +|\t)\S/.exec(this.#text)?.[1];
    return found && !/^\t/.test(found) && found.length <= 8 ? found : found === '\t' && this.#json ? '\t' : '  ';
  }
}

/** The edited text says what was planned, and all else as before: what the editor does not foresee ends here, not in somebody's file. */
function check(
  after: string,
  restBefore: string,
  slots: readonly Slot[],
  names: readonly string[],
  aliases: readonly string[] | undefined,
): void {
  const parsed = parseRecipeText(after, '');
  const { entries, problem } = layersOf(parsed, after);
  const kept = rest(parsed) === restBefore;
  if (problem?.code === 'recipe.too-large') throw new LatheError(problem.code, problem.message);
  if (problem || !kept || !same(overridesByLayer(entries, names, aliases), overridesByLayer(slots, names, aliases))) throw unusual();
}

/** Everything but `layers`, comparable. */
function rest({ contents, anchors }: RecipeText): string {
  if (!isMap(contents)) return '';
  const others = pairsOf(contents as YAMLMap, anchors).filter(({ key }) => key !== 'layers');
  return JSON.stringify(others.map(({ key, pair }) => [key, pair.value]));
}

const unusual = (): LatheError =>
  new LatheError('recipe.layers', 'the `layers` of this recipe are written in a way that only a person can change', {
    hint: 'Change them as text.',
  });

/** Readable in YAML and JSON alike, whatever the name holds. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

function scalar(value: unknown, json: boolean): string {
  const plain = typeof value === 'string' && /^[a-z][\w-]*$/i.test(value) && !/^(true|false|null)$/i.test(value);
  return plain && !json ? value : JSON.stringify(value);
}
