import type { TSchema } from '@sinclair/typebox';
import { freeValue, properties, schemaShape } from '../../../src/engine/recipe/branch.ts';
import { branches, literals } from '../../../src/engine/recipe/describe.ts';
import { findStep } from '../../../src/engine/recipe/steps.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import type { Situation } from './situation.ts';
import type { Part } from './snippet.ts';
import { written } from './written-value.ts';

/** How a new value is written. */
export interface Hand {
  readonly isJson: boolean;
  /** The list is shown again behind the key: a value of which all are known is left open. */
  readonly again: boolean;
  /** Declared values stand back behind those that the target prefers: by step, then by key. */
  readonly target: string;
  /** Names in `models`: with several of them a step says which one it works on. */
  readonly aliases: readonly string[];
}

export const handOf = ({ cursor, client, target, models }: Situation): Hand => ({
  isJson: cursor.isJson,
  again: client.suggestAgain !== undefined,
  target,
  aliases: models.flatMap(({ alias }) => alias ?? []),
});

/** What stands behind a key at first: its usual value, the first of its examples, or an empty place. */
export function starter(schema: TSchema, hand: Hand, preferred?: unknown): Part[] {
  const usual = preferred ?? (schema['default'] as unknown) ?? (schema['examples'] as unknown[] | undefined)?.[0];
  // Names of files, models and layers are listed by others.
  if (hand.again && isName(schema)) return [{ stop: '' }];
  const known = knownValues(schema);
  if (known.length === 1 && branches(schema).length === 1) return [written(known[0], hand.isJson)];
  if (known.length > 1 && known.length === possible(schema)) return [choice(known, usual, hand)];
  if (usual !== undefined && !isMapLike(usual)) return filled(usual, hand);
  const [first] = branches(schema);
  if (!first) return [{ stop: '' }];
  if (schemaShape(first) === 'map') return mapStarter(first, hand);
  if (schemaShape(first) === 'list') return ['[', ...itemStarter(first, hand), ']'];
  if (first['type'] === 'string') return hand.isJson ? ['"', { stop: '' }, '"'] : [{ stop: '' }];
  return [{ stop: '' }];
}

/** What stands there is the name of something else. */
export const isName = (schema: TSchema): boolean =>
  branches(schema).some((branch) => branch['format'] !== undefined || branch['model'] === true);

/** A section of the root is written over lines. */
export const section = (schema: TSchema): Part[] => [
  '\n  ',
  ...(branches(schema).some((branch) => schemaShape(branch) === 'list') ? ['- '] : []),
  { stop: '' },
];

/** A new step: with the model that it is for where there are several, and its most important settings. */
export function stepStarter(name: string, schema: TSchema, hand: Hand): Part[] {
  const limits = findTarget(hand.target)?.settings[name] ?? {};
  const { starts: keys = [], chained } = findStep(name) ?? {};
  const on: Part[][] = hand.aliases.length > 1 && !chained ? [pair('on', [{ stop: hand.aliases[0]!, choices: hand.aliases }], hand)] : [];
  const settings = keys.flatMap((key) => {
    const inner = properties(schema)[key];
    if (!inner) return [];
    if (inner['model'] === true)
      return hand.aliases.length > 1 ? [pair(key, [{ stop: hand.aliases[0]!, choices: hand.aliases }], hand)] : [];
    return [pair(key, starter(inner, { ...hand, again: false }, limits[key]?.default), hand)];
  });
  return braces([...on, ...settings]);
}

/** Whole numbers are listed where there are no more of them. */
const mostNumbers = 16;

/** Values of which there is a limited number, in the order of their declaration. */
export function knownValues(schema: TSchema): unknown[] {
  return branches(schema).flatMap((branch) => {
    const [low, high] = [branch['minimum'] as number | undefined, branch['maximum'] as number | undefined];
    if (branch['type'] === 'boolean' && !('const' in branch)) return [true, false];
    if (branch['type'] !== 'integer' || low === undefined || high === undefined || high - low >= mostNumbers) return literals(branch);
    return Array.from({ length: high - low + 1 }, (_, i) => low + i);
  });
}

/** How many values there are in all; Infinity where not all can be listed. */
const possible = (schema: TSchema): number => branches(schema).reduce((sum, branch) => sum + (knownValues(branch).length || Infinity), 0);

const isMapLike = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function choice(values: readonly unknown[], usual: unknown, hand: Hand): Part {
  if (hand.again) return { stop: '' };
  const first = values.includes(usual) ? [usual] : [];
  const choices = [...first, ...values.filter((value) => value !== usual)].map((value) => written(value, hand.isJson));
  return { stop: choices[0]!, choices };
}

/** A value to be written over, brackets and quotes kept. */
function filled(value: unknown, { isJson }: Hand): Part[] {
  const text = written(value, isJson);
  const inner = /^(["[])(.*)(["\]])$/.exec(text);
  return inner ? [inner[1]!, { stop: inner[2]! }, inner[3]!] : [{ stop: text }];
}

/** A map with the keys that it cannot do without. */
function mapStarter(schema: TSchema, hand: Hand): Part[] {
  const required = (schema['required'] as string[] | undefined) ?? [];
  const pairs = required.flatMap((key) => {
    const inner = properties(schema)[key];
    return inner ? [pair(key, starter(inner, { ...hand, again: false }), hand)] : [];
  });
  return braces(pairs);
}

function itemStarter(list: TSchema, hand: Hand): Part[] {
  const items = list['items'] as TSchema | TSchema[];
  if (Array.isArray(items)) return items.flatMap((item, i) => [...(i ? [', '] : []), ...starter(item, { ...hand, again: false })]);
  // Names and words: the list is shown for the first of them.
  const [first] = branches(items);
  const isText = first?.['type'] === 'string' || knownValues(items).length > 0;
  return isText || freeValue(items) ? [{ stop: '' }] : starter(items, hand);
}

const pair = (key: string, value: Part[], { isJson }: Hand): Part[] => [`${written(key, isJson)}: `, ...value];

const braces = (pairs: Part[][]): Part[] =>
  pairs.length ? ['{ ', ...pairs.flatMap((parts, i) => [...(i ? [', '] : []), ...parts]), ' }'] : ['{ ', { stop: '' }, ' }'];
