import { isAlias, isScalar, visit, type Alias, type Node, type Scalar } from 'yaml';
import { pairsOf } from '../../src/engine/recipe/layer-entries.ts';
import { splitPattern } from '../../src/engine/recipe/models.ts';
import type { RecipeDocument } from './document.ts';
import { walk, type Visit } from './schema/walk.ts';
import { nodeAt } from './written.ts';

/** A name of a recipe where it is given or used. */
export interface Name {
  /** `model`: an alias of `models`; `anchor`: of YAML; `layer`: a layer's name, or a pattern of them. */
  readonly kind: 'model' | 'anchor' | 'layer';
  readonly name: string;
  /** The name is given here; everywhere else it is used. */
  readonly isGiven: boolean;
  /** Offsets of the name alone, without quotes and what else stands in the same value. */
  readonly from: number;
  readonly to: number;
  /** Of a layer: the alias before it, or the model that its step works on. */
  readonly model?: string;
}

/** Every name of a recipe, in the order of the text. */
export function names(document: RecipeDocument): Name[] {
  const text = document.text.getText();
  const aliases = aliasesOf(document);
  const found: Name[] = [...anchors(document.tree.contents, text)];
  for (const place of walk(document.tree)) {
    const { node } = place;
    if (!isScalar(node) || typeof node.value !== 'string') continue;
    const [from, to] = contentOf(node, text);
    const kind = roleOf(place, aliases);
    if (kind === 'model') found.push({ kind, name: node.value, isGiven: place.at === 'key' && place.path[0] === 'models', from, to });
    if (kind === 'layer') {
      const { alias, pattern } = place.path[0] === 'layers' ? splitPattern(node.value, aliases) : { pattern: node.value };
      // An alias that is written with escapes has no place of its own in the text.
      const skip = alias !== undefined && text.startsWith(alias, from) ? alias.length + 1 : 0;
      if (skip) found.push({ kind: 'model', name: alias!, isGiven: false, from, to: from + alias!.length });
      const model = alias ?? modelBeside(document, place);
      found.push({ kind, name: pattern, isGiven: false, from: from + skip, to, ...(model === undefined ? {} : { model }) });
    }
    if (kind === 'output') {
      const alias = aliases.find((one) => node.value === one || String(node.value).startsWith(`${one}.`));
      if (alias !== undefined && text.startsWith(alias, from))
        found.push({ kind: 'model', name: alias, isGiven: false, from, to: from + alias.length });
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

/** The name that an offset is in, or stands directly behind. */
export const nameAt = (document: RecipeDocument, offset: number): Name | undefined =>
  names(document).find(({ from, to }) => offset >= from && offset <= to);

/** Every place of the same model or anchor. */
export const samePlaces = (document: RecipeDocument, { kind, name }: Pick<Name, 'kind' | 'name'>): Name[] =>
  names(document).filter((other) => other.kind === kind && other.name === name);

/** Names in `models`. */
export function aliasesOf(document: RecipeDocument): string[] {
  const models = nodeAt(document, ['models']);
  return models && 'items' in models ? pairsOf(models as Parameters<typeof pairsOf>[0], document.tree.anchors).map(({ key }) => key) : [];
}

/** What a key or value names. `output`: a model of a chain and one of its outputs ("enhance.enhanced"). */
function roleOf({ path, at, node, schema }: Visit, aliases: readonly string[]): Name['kind'] | 'output' | undefined {
  const value = String((node as Scalar).value);
  const [section, second, , last] = path;
  if (at === 'key') {
    if (path.length === 2 && section === 'models') return 'model';
    if (path.length === 2 && section === 'layers') return 'layer';
    return section === 'steps' && path.at(-2) === 'losses' ? 'output' : undefined;
  }
  if (section === 'steps' && path.length === 4 && last === 'on') return 'model';
  if (schema?.['model'] === true) return aliases.includes(value) ? 'model' : undefined;
  if (schema?.['format'] === 'layer') return 'layer';
  if (section === 'chain' && typeof second === 'number') return 'model';
  if (section === 'models' && path.length === 4 && last === 'from') return 'output';
  return section === 'steps' && path.at(-2) === 'tune' ? 'model' : undefined;
}

/** The model that the step of a place works on. */
function modelBeside(document: RecipeDocument, { path }: Visit): string | undefined {
  if (path[0] !== 'steps') return undefined;
  const on = nodeAt(document, [...path.slice(0, 3), 'on']);
  return isScalar(on) && typeof on.value === 'string' ? on.value : undefined;
}

/** Offsets of a scalar's text, without its quotes. */
export function contentOf(node: Scalar, text: string): [from: number, to: number] {
  const [from, to] = node.range!;
  const quoted = /^["']/.test(text.slice(from, from + 1)) && to - from >= 2 && text[to - 1] === text[from];
  return quoted ? [from + 1, to - 1] : [from, to];
}

function anchors(contents: Node | null, text: string): Name[] {
  const found: Name[] = [];
  visit(contents, {
    Node(_, node) {
      if (!node.range) return;
      if (isAlias(node)) found.push(reference(node));
      const name = isAlias(node) ? undefined : (node as { anchor?: string }).anchor;
      // The parser says where what is anchored begins; the anchor stands before it, with space or a tag between.
      const at = name === undefined ? -1 : text.lastIndexOf(`&${name}`, node.range[0]);
      if (name !== undefined && at >= 0) found.push({ kind: 'anchor', name, isGiven: true, from: at + 1, to: at + 1 + name.length });
    },
  });
  return found;
}

const reference = ({ source, range }: Alias): Name => ({
  kind: 'anchor',
  name: source,
  isGiven: false,
  from: range![0] + 1,
  to: range![1],
});
