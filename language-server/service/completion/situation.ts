import { Document, isMap, isSeq, type Node } from 'yaml';
import type { Path } from '../../../src/engine/recipe/check.ts';
import { keysOf, schemaShape } from '../../../src/engine/recipe/branch.ts';
import { branches } from '../../../src/engine/recipe/describe.ts';
import type { Request } from '../feature.ts';
import { mapsAt, schemaAt, type Declared } from '../schema/schema-at.ts';
import { nodeAt, targetName, writtenModels, type WrittenModel } from '../written.ts';
import type { Cursor } from './cursor.ts';
import { slotsTo, type OutlineNode, type Slot, type Token } from './outline.ts';

/** What the client can do with a completion. */
export interface CompletionClient {
  /** Inserted texts may hold places to fill in. */
  readonly snippets: boolean;
  /** Command of the client that shows the list again, where a key was chosen whose values are known. Absent: choices are part of the snippet. */
  readonly suggestAgain?: string;
}

/** One way to read the place of the cursor: an empty line may become a key, a value or an item of a list. */
export interface Spot {
  /** `key`: a key of the map that is declared; `value`: what is declared. */
  readonly as: 'key' | 'value';
  readonly path: Path;
  readonly declared: Declared;
  /** Written before and behind it: a dash, braces around a key in a list. */
  readonly before: string;
  readonly after: string;
  readonly style: 'block' | 'flow';
}

/** All that a source of completions is given. */
export interface Situation {
  readonly request: Request;
  readonly client: CompletionClient;
  readonly cursor: Cursor;
  readonly spots: readonly Spot[];
  readonly target: string;
  readonly models: readonly WrittenModel[];
  /** Names of the recipe's steps, in their order. */
  readonly usedSteps: readonly string[];
}

export function situationAt(request: Request, cursor: Cursor, client: CompletionClient): Situation {
  return {
    request,
    client,
    cursor,
    spots: spotsAt(cursor),
    target: targetName(request.document),
    models: writtenModels(request.document),
    usedSteps: usedSteps(request),
  };
}

function usedSteps({ document }: Request): string[] {
  const steps = nodeAt(document, ['steps']);
  return isSeq(steps) ? steps.items.flatMap((step) => (isMap(step) ? keysOf(step).slice(0, 1) : [])) : [];
}

function spotsAt(cursor: Cursor): Spot[] {
  const contents = sketch(cursor);
  const at = (path: Path): Declared | undefined => schemaAt({ contents, anchors: new Map() }, path);
  const { role, path, start, style, list } = cursor;
  const declared = at(path);
  const own = { path, before: '', after: '', style };
  if (role === 'key') {
    const next = list && at([...list, 0]);
    const below = next ? itemSpots([...list, 0], next, '- ') : [];
    return declared ? [{ ...own, as: 'key', declared }, ...below] : below;
  }
  if (!declared) return [];
  if (start === 'dashless') return itemSpots(path, declared, '- ');
  if (start === 'item' && style === 'block') return itemSpots(path, declared, '');
  const value: Spot = { ...own, as: 'value', declared };
  const hasMap = mapsAt(declared).length > 0;
  if (start === 'item') return hasMap ? [value, { ...value, as: 'key', before: '{ ', after: ' }' }] : [value];
  if (start === 'inline' || style === 'flow') return [value];
  const first = declared.meant.some((branch) => schemaShape(branch) === 'list') ? at([...path, 0]) : undefined;
  return [
    ...(hasMap ? [{ ...value, as: 'key' as const }] : []),
    ...(first ? itemSpots([...path, 0], first, '- ') : []),
    ...(branches(declared.schema).some((branch) => schemaShape(branch) === 'scalar') ? [value] : []),
  ];
}

/** What may follow a dash: a value, or the first key of a map. */
function itemSpots(path: Path, declared: Declared, before: string): Spot[] {
  const spot: Spot = { as: 'value', path, declared, before, after: '', style: 'block' };
  return mapsAt(declared).length ? [{ ...spot, as: 'key' }, spot] : [spot];
}

/** Entries of one map that are looked at to tell what it is meant to be. */
const mostEntries = 64;

/** The way to the cursor as nodes, with what stands beside it: all that is needed to tell which declaration is meant. */
function sketch({ role, slot }: Cursor): Node | null {
  const slots = slotsTo(slot);
  const value = (index: number): unknown => {
    const child = slots[index + 1];
    if (!child) return null;
    if (child.owner?.kind === 'list') {
      const at = child.owner.items.indexOf(child);
      return child.owner.items.slice(0, at + 1).map((_, i) => (i === at ? value(index + 1) : null));
    }
    const map = entries(child, role === 'key' && index + 2 === slots.length, () => value(index + 1));
    // Nothing tells yet what an empty map is meant to be.
    return map.size ? map : null;
  };
  return new Document(value(0)).contents;
}

function entries(child: Slot, isWritten: boolean, inner: () => unknown): Map<string, unknown> {
  const all = child.owner?.kind === 'map' ? child.owner.entries : [];
  const beside = all.slice(0, mostEntries).flatMap((entry): [string, unknown][] => {
    return entry === child || !entry.key ? [] : [[entry.key.text, shallow(entry.value)]];
  });
  return new Map(isWritten || !child.key ? beside : [...beside, [child.key.text, inner()]]);
}

const shallow = (node: OutlineNode | undefined): unknown =>
  node?.kind === 'scalar' ? scalarOf(node.token) : node?.kind === 'map' ? {} : node ? [] : null;

/** A plain word as YAML reads it, as far as declarations tell words apart. */
export function scalarOf({ text, quote }: Token): unknown {
  if (quote || text.trim() === '') return quote ? text : null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.startsWith('*')) return null;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}
