import type { TSchema } from '@sinclair/typebox';
import { CompletionItemKind } from 'vscode-languageserver-types';
import { properties, schemaShape } from '../../../src/engine/recipe/branch.ts';
import { branches, describe } from '../../../src/engine/recipe/describe.ts';
import { findStep, readsKey, steps } from '../../../src/engine/recipe/steps.ts';
import { keyDocumentation } from '../hover/key.ts';
import { isRequired, keysAt, mapsAt } from '../schema/schema-at.ts';
import { short } from '../text/short.ts';
import { nodeAt } from '../written.ts';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import type { Offer } from './item.ts';
import type { Situation, Spot } from './situation.ts';
import type { Part } from './snippet.ts';
import { handOf, isName, knownValues, section, starter, stepStarter } from './starter.ts';
import { limitOf } from './values.ts';
import { written } from './written-value.ts';

/** Declared keys that a map does not have yet, in the order of their declaration, those it cannot do without first. */
export const keyCompletions: CompletionSource = (spot, situation) => {
  const declared = spot.as === 'key' ? keysAt(spot.declared) : undefined;
  if (!declared?.size) return [];
  const present = new Set(presentKeys(spot, situation));
  const excluded = alternatives(spot, present);
  const keys = [...declared].filter(([key]) => !present.has(key) && !excluded.has(key) && !isIdle(key, spot, situation));
  // A step, or an augmentation, has one key.
  if (mapsAt(spot.declared).every((map) => isSingle(map)) && present.size > 0) return [];
  return keys.map(([key, schema], place) => offer(key, schema, place, spot, situation));
};

/** Keys beside the one that is being written. */
function presentKeys(spot: Spot, { cursor }: Situation): string[] {
  const { owner } = cursor.slot;
  if (cursor.role !== 'key' || spot.before || owner?.kind !== 'map') return [];
  return owner.entries.flatMap((entry) => (entry !== cursor.slot && entry.key ? [entry.key.text] : []));
}

/** Keys that the ones which are there leave no room for: `models` beside `model`. */
function alternatives({ declared }: Spot, present: ReadonlySet<string>): Set<string> {
  const groups = (declared.schema['oneOf'] as { required?: string[] }[] | undefined) ?? [];
  const chosen = groups.find(({ required = [] }) => required.some((key) => present.has(key)));
  return new Set(chosen ? groups.filter((group) => group !== chosen).flatMap(({ required = [] }) => required) : []);
}

/** With one model there is nothing that a step could name with `on`, or that could be a chain. */
function isIdle(key: string, { path }: Spot, { request: { document } }: Situation): boolean {
  const isAbout = (key === 'on' && path[0] === 'steps' && path.length === 3) || (key === 'chain' && path.length === 0);
  return isAbout && nodeAt(document, ['model']) !== null && !nodeAt(document, ['models']);
}

const isSingle = (map: TSchema): boolean => Object.keys(properties(map)).length === 1 && map['additionalProperties'] === false;

function offer(key: string, schema: TSchema, place: number, spot: Spot, situation: Situation): Offer {
  const { cursor, target } = situation;
  const owner = mapsAt(spot.declared).find((map) => Object.hasOwn(properties(map), key))!;
  const hand = handOf(situation);
  const path = [...spot.path, key];
  const isStep = path[0] === 'steps' && path.length === 3;
  const inLayers = spot.path[0] === 'layers';
  const unused = inLayers && !isUsed(key, situation);
  const isNeeded = mapsAt(spot.declared).length === 1 && isRequired(owner, key);
  const parts: Part[] = [written(key, cursor.isJson, cursor.quote)];
  if (lacksColon(cursor)) {
    const value = isStep
      ? stepStarter(key, schema, hand)
      : starter(schema, hand, inLayers ? usualOf(key) : limitOf(path, situation)?.default);
    parts.push(...(isBlockSection(path, schema, spot) ? [':', ...section(schema)] : [': ', ...value]));
  }
  const summary = isStep ? owner.description : schema.description;
  return {
    label: key,
    kind: isStep
      ? CompletionItemKind.Module
      : schemaShape(branches(schema)[0]!) === 'map'
        ? CompletionItemKind.Struct
        : CompletionItemKind.Property,
    parts,
    rank: (isNeeded ? 20 : 100) + (unused ? 200 : 0) + place,
    detail: isStep ? (summary ?? '') : short(describe(schema), 80),
    ...asideOf(limitOf(path, situation)?.default ?? (schema['default'] as unknown), isNeeded, unused),
    documentation: isStep ? (summary ?? '') : keyDocumentation(path, schema, target),
    again: opensList(schema, parts),
    isDeprecated: schema['deprecated'] === true,
  };
}

function asideOf(usual: unknown, isNeeded: boolean, unused: boolean): { aside?: string } {
  if (unused) return { aside: 'no step here uses it' };
  if (isNeeded) return { aside: 'required' };
  return usual === undefined || typeof usual === 'object' ? {} : { aside: `default ${String(usual)}` };
}

/** A step of the recipe has this setting, or is what a layer is left out of. */
function isUsed(key: string, { usedSteps: used }: Situation): boolean {
  return used.length === 0 || used.some((name) => name === key || isReadBy(name, key));
}

function isReadBy(name: string, key: string): boolean {
  const step = findStep(name);
  return step !== undefined && readsKey(step, key);
}

/** What a step has where nothing else is written: the declaration of a layer's setting has no default of its own. */
const usualOf = (key: string): unknown =>
  steps
    .map((step) => (step.parameters.properties as Record<string, TSchema>)[key]?.['default'] as unknown)
    .find((usual) => usual !== undefined);

/** Maps and lists at the root are written over lines, all others in brackets. */
const isBlockSection = (path: readonly unknown[], schema: TSchema, spot: Spot): boolean =>
  path.length === 1 && spot.style === 'block' && branches(schema).some((branch) => schemaShape(branch) !== 'scalar');

/** Behind the key there is an empty place, and something to choose from. */
function opensList(schema: TSchema, parts: readonly Part[]): boolean {
  const first = parts.find((part) => typeof part !== 'string');
  return (
    first?.stop === '' &&
    (knownValues(schema).length > 1 || isName(schema) || !branches(schema).some((branch) => schemaShape(branch) === 'scalar'))
  );
}
