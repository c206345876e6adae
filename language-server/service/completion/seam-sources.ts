import { CompletionItemKind } from 'vscode-languageserver-types';
import { shape } from '../../../src/protocol/format.ts';
import { short } from '../text/short.ts';
import type { CompletionSource } from './completion.ts';
import { knownModels } from './known-models.ts';
import { written } from './written-value.ts';

/** What a model of a chain may take: outputs of the others, those with a picture's shape first. */
export const seamCompletions: CompletionSource = (spot, situation) => {
  const { path } = spot;
  if (spot.as !== 'value' || path[0] !== 'models' || path.at(-1) !== 'from') return [];
  return knownModels(situation.models, situation)
    .filter(({ alias }) => alias !== undefined && alias !== path[1])
    .flatMap(({ alias, facts }) => facts.outputs.map((output) => ({ alias: alias!, output })))
    .map(({ alias, output }, place) => ({
      label: short(`${alias}.${output.name}`, 120),
      kind: CompletionItemKind.Variable,
      parts: [written(`${alias}.${output.name}`, situation.cursor.isJson, situation.cursor.quote)],
      rank: place + (output.shape.length === 4 ? 0 : 1000),
      aside: shape(output.shape),
    }));
};
