import { CompletionItemKind } from 'vscode-languageserver-types';
import type { Path } from '../../../src/engine/recipe/check.ts';
import { schemaShape } from '../../../src/engine/recipe/branch.ts';
import { branches, literals, valueDescription } from '../../../src/engine/recipe/describe.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import type { SettingLimit } from '../../../src/engine/targets/limits.ts';
import { code, paragraphs } from '../hover/markdown.ts';
import type { CompletionSource } from './completion.ts';
import type { Offer } from './item.ts';
import { isPath } from './path-names.ts';
import { measuredWidths } from './measured-width.ts';
import type { Situation, Spot } from './situation.ts';
import { hasStops, type Part } from './snippet.ts';
import { handOf, knownValues, section, starter, stepStarter } from './starter.ts';
import { written } from './written-value.ts';

/** Values that a declaration knows: words, widths, yes or no, the default and examples, and an empty map or list. */
export const valueCompletions: CompletionSource = (spot, situation) => {
  if (spot.as !== 'value') return [];
  const { schema } = spot.declared;
  const limit = limitOf(spot.path, situation);
  const measured = measuredWidths(spot, situation);
  const known = knownValues(schema);
  const usual = limit?.default ?? (schema['default'] as unknown);
  const examples = (schema['examples'] as unknown[] | undefined) ?? [];
  // Files of examples need not be there.
  const fitting = isPath(spot) ? examples.filter((example) => !String(example).includes('.')) : examples;
  const more = [usual, ...fitting].filter((value, i, all) => value !== undefined && !known.includes(value) && all.indexOf(value) === i);
  return [
    ...[...more, ...known].map((value, place) =>
      valueOffer(value, { place, usual, limit, measured: measured.get(value) }, spot, situation),
    ),
    ...(spot.before || spot.style === 'flow' || situation.cursor.start === 'inline' ? collections(spot, situation) : []),
  ];
};

/** What the target says of a setting: of a layer's what it says of the steps of the recipe that have it. */
export function limitOf(path: Path, { target, usedSteps }: Pick<Situation, 'target' | 'usedSteps'>): SettingLimit | undefined {
  const settings = findTarget(target)?.settings ?? {};
  const [section, , step, key] = path;
  if (section === 'steps' && path.length === 4) return settings[String(step)]?.[String(key)];
  if (section !== 'layers' || path.length !== 3) return undefined;
  return usedSteps.map((name) => settings[name]?.[String(path[2])]).find((limit) => limit?.allowed);
}

/** What is known of a value beyond its declaration. */
interface ValueWords {
  readonly place: number;
  readonly usual: unknown;
  readonly limit: SettingLimit | undefined;
  readonly measured: string | undefined;
}

function valueOffer(value: unknown, { place, usual, limit, measured }: ValueWords, spot: Spot, situation: Situation): Offer {
  const { cursor, target } = situation;
  const text = written(value, cursor.isJson, typeof value === 'string' ? cursor.quote : '');
  const isRefused = limit?.allowed !== undefined && !limit.allowed.includes(value);
  const isUsual = value === usual || JSON.stringify(value) === JSON.stringify(usual);
  const only = isRefused
    ? `${code(target)} takes only ${limit.allowed!.map(String).join(' or ')}${limit.reason ? `: ${limit.reason}` : ''}`
    : undefined;
  const isWord = literals(spot.declared.schema).includes(value);
  return {
    label: typeof value === 'string' ? value : written(value, false),
    kind: isWord ? CompletionItemKind.EnumMember : CompletionItemKind.Value,
    parts: [text],
    rank: (isUsual ? 0 : 100) + (isRefused ? 500 : 0) + place,
    aside: [isRefused ? `not on ${target}` : isUsual ? 'default' : '', measured].filter(Boolean).join(', '),
    documentation: paragraphs(valueDescription(spot.declared.schema, value) ?? spot.declared.schema.description, only),
    preselect: isUsual && !isRefused,
  };
}

/** An empty map or list, with what it cannot do without. */
function collections({ path, declared: { schema } }: Spot, situation: Situation): Offer[] {
  const { cursor } = situation;
  const hand = handOf(situation);
  const isStep = path[0] === 'steps' && path.length === 3;
  // Sections of the root have their own lines.
  if (
    path.length === 1 &&
    cursor.style === 'block' &&
    cursor.start === 'inline' &&
    branches(schema).every((branch) => schemaShape(branch) !== 'scalar')
  )
    return [
      {
        label: 'on lines of its own',
        kind: CompletionItemKind.Struct,
        parts: section(schema),
        rank: 800,
        documentation: schema.description ?? '',
        again: true,
      },
    ];
  const seen = new Set<string>();
  return branches(schema).flatMap((branch, place) => {
    const shape = schemaShape(branch);
    // Maps of a list are offered by their keys.
    if (shape === 'scalar' || cursor.quote || (shape === 'map' && cursor.start === 'item')) return [];
    const parts: Part[] = isStep ? stepStarter(String(path[2]), branch, hand) : starter(branch, hand);
    const label = parts.map((part) => (typeof part === 'string' ? part : part.stop || '…')).join('');
    if (seen.has(label)) return [];
    seen.add(label);
    return [
      {
        label,
        kind: CompletionItemKind.Struct,
        parts,
        rank: 800 + place,
        documentation: branch.description ?? schema.description ?? '',
        again: hasStops(parts),
      },
    ];
  });
}
