import { CompletionItemKind } from 'vscode-languageserver-types';
import { shape } from '../../../src/protocol/format.ts';
import { short } from '../text/short.ts';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import type { Offer } from './item.ts';
import { knownModels } from './known-models.ts';
import type { Situation, Spot } from './situation.ts';
import { written } from './written-value.ts';

/** What a joint step names: models of the chain, and with its losses their outputs as well. */
export const jointCompletions: CompletionSource = (spot, situation) => {
  const place = placeOf(spot);
  if (!place) return [];
  const { cursor } = situation;
  const present = presentNames(situation);
  const colon = spot.as === 'key' && lacksColon(cursor) ? [': ', { stop: '1' }] : [];
  const offer = (name: string, rank: number, aside?: string): Offer => ({
    label: short(name, 120),
    kind: CompletionItemKind.Variable,
    parts: [written(name, cursor.isJson, cursor.quote), ...colon],
    rank,
    ...(aside === undefined ? {} : { aside }),
  });
  const aliases = situation.models.flatMap(({ alias }) => alias ?? []);
  const outputs = place === 'losses' ? knownModels(situation.models, situation) : [];
  return [
    ...aliases.map((alias, rank) => offer(alias, rank)),
    ...outputs.flatMap(({ alias, facts }) =>
      facts.outputs.map((output, rank) =>
        offer(`${alias}.${output.name}`, 100 + rank + (output.shape.length === 4 ? 0 : 1000), shape(output.shape)),
      ),
    ),
  ].filter(({ label }) => !present.has(label));
};

/** `tune`: a list of models; `parts`: a map by model; `losses`: by model or output. */
function placeOf({ as, path }: Spot): 'tune' | 'parts' | 'losses' | undefined {
  const [section, , step, ...rest] = path;
  if (section !== 'steps' || step !== 'joint') return undefined;
  const keys = rest.filter((part) => typeof part === 'string').join('.');
  if (as === 'value') return keys === 'tune' && rest.length === 2 ? 'tune' : undefined;
  if (keys === 'losses') return 'losses';
  return keys === 'rates' || keys === 'prune.channels' ? 'parts' : undefined;
}

/** Written beside the place already. */
function presentNames({ cursor }: Situation): ReadonlySet<string> {
  const { owner } = cursor.slot;
  if (owner?.kind === 'map' && cursor.role === 'key')
    return new Set(owner.entries.flatMap((entry) => (entry !== cursor.slot && entry.key ? [entry.key.text] : [])));
  const items = owner?.kind === 'list' ? owner.items : [];
  return new Set(items.flatMap(({ value }) => (value?.kind === 'scalar' && value.slot !== cursor.slot ? [value.token.text] : [])));
}
