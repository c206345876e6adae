import { CompletionItemKind } from 'vscode-languageserver-types';
import { shape } from '../../../src/protocol/format.ts';
import { short } from '../text/short.ts';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import { knownModels } from './known-models.ts';
import { written } from './written-value.ts';

/** Names of the model's inputs, where `data.input` says it for each of several. */
export const inputCompletions: CompletionSource = (spot, situation) => {
  if (spot.as !== 'key' || spot.path.join('.') !== 'data.input') return [];
  const { cursor } = situation;
  const { owner } = cursor.slot;
  const present =
    cursor.role === 'key' && owner?.kind === 'map'
      ? owner.entries.flatMap((entry) => (entry === cursor.slot ? [] : (entry.key?.text ?? [])))
      : [];
  const inputs = knownModels(situation.models, situation).flatMap(({ facts }) => facts.inputs);
  // Of one input nobody needs to say which.
  const names = inputs.length > 1 ? new Map(inputs.map((input) => [input.name, input.shape])) : new Map<string, never>();
  return [...names]
    .filter(([name]) => !present.includes(name))
    .map(([name, dims], place) => ({
      label: short(name, 120),
      kind: CompletionItemKind.Interface,
      parts: [written(name, cursor.isJson, cursor.quote), ...(!lacksColon(cursor) ? [] : [': { ', { stop: '' }, ' }'])],
      rank: 50 + place,
      detail: 'input of the model',
      aside: shape(dims),
      documentation: 'How a picture becomes this input of the model.',
      again: true,
    }));
};
