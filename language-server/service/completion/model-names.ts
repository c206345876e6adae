import path from 'node:path';
import { CompletionItemKind } from 'vscode-languageserver-types';
import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { bytes, count, shape } from '../../../src/protocol/format.ts';
import { bullets, code, prose } from '../hover/markdown.ts';
import { short } from '../text/short.ts';
import { modelOfStep, type WrittenModel } from '../written.ts';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import type { Offer } from './item.ts';
import { knownModels } from './known-models.ts';
import { relativePath } from './path-names.ts';
import type { Situation } from './situation.ts';
import { written } from './written-value.ts';

/** Models of the workspace that are offered, and of these how many are read for what they are: files may be large. */
const mostModels = 100;
const mostRead = 12;

/** Names that recipes of several models usually have. */
const usualAliases = ['student', 'teacher'];

/** Names in `models` where a step says which model it means, models of the workspace where it is a file, those whose outputs fit a teacher's pupil first. */
export const modelCompletions: CompletionSource = (spot, situation) => {
  const { path: at, declared } = spot;
  if (spot.as === 'key') return at.length === 1 && at[0] === 'models' ? newAliases(situation) : [];
  if (at[0] === 'chain' && at.length === 2) return aliases(situation, undefined);
  const isStep = at[0] === 'steps' && at.length >= 4;
  if (isStep && at.length === 4 && at[3] === 'on') return aliases(situation, undefined);
  const namesModel = declared.schema['model'] === true;
  const pupil = isStep && namesModel ? modelOfStep(situation.request.document, Number(at[1])) : undefined;
  const isFile = declared.schema['format'] === 'path' && (at[0] === 'model' || at[0] === 'models');
  return [...(namesModel ? aliases(situation, pupil) : []), ...(namesModel || isFile ? files(situation, pupil) : [])];
};

function newAliases({ cursor, models }: Situation): Offer[] {
  return usualAliases
    .filter((alias) => !models.some((model) => model.alias === alias))
    .map((alias, rank) => ({
      label: alias,
      kind: CompletionItemKind.Variable,
      parts: [written(alias, cursor.isJson, cursor.quote), ...(!lacksColon(cursor) ? [] : [`: { `, { stop: '' }, ' }'])],
      rank,
      documentation: `A model that steps call ${code(alias)}.`,
      again: true,
    }));
}

function aliases(situation: Situation, pupil: WrittenModel | undefined): Offer[] {
  const facts = new Map(knownModels(situation.models, situation).map((model) => [model.alias, model.facts]));
  const own = pupil?.alias === undefined ? undefined : facts.get(pupil.alias);
  return situation.models.flatMap(({ alias, file, architecture }, rank): Offer[] => {
    // Nothing learns from itself.
    if (alias === undefined || (pupil && alias === pupil.alias)) return [];
    const known = facts.get(alias);
    const unlike = known && own && differs(known, own);
    return [
      {
        label: short(alias, 80),
        kind: CompletionItemKind.Variable,
        parts: [written(alias, situation.cursor.isJson, situation.cursor.quote)],
        rank: rank + (unlike ? 5000 : 0),
        detail: short(architecture ? `new ${architecture}` : file ? path.basename(file) : '', 60),
        aside: unlike ?? (known ? sizeText(known) : ''),
        documentation: known ? modelText(known) : '',
      },
    ];
  });
}

function files(situation: Situation, pupil: WrittenModel | undefined): Offer[] {
  const { facts, document } = situation.request;
  const { file: recipe } = document;
  if (recipe === undefined) return [];
  const [own] = pupil ? knownModels([pupil], situation) : [];
  const offered = facts
    .models()
    .filter((file) => file !== pupil?.file)
    .slice(0, mostModels);
  return offered.map((file, place): Offer => {
    const known = place < mostRead ? facts.model(file) : undefined;
    const model = known?.state === 'known' ? known.value : undefined;
    const unlike = model && own && differs(model, own.facts);
    // A teacher is worth more the larger it is; what does not fit stands last.
    const isLarger = model && own && model.parameters > own.facts.parameters;
    const shown = relativePath(recipe, file);
    return {
      label: short(shown, 120),
      kind: CompletionItemKind.File,
      parts: [written(shown, situation.cursor.isJson, situation.cursor.quote)],
      rank: (unlike ? 6000 : isLarger ? 1000 : model && own ? 1500 : 2000) + place,
      aside: unlike ?? (model ? sizeText(model) : ''),
      documentation: model ? modelText(model) : '',
    };
  });
}

const sizeText = ({ parameters, bytes: size }: ModelFacts): string =>
  [size ? bytes(size) : '', `${count(parameters)} parameters`].filter(Boolean).join(', ');

function modelText({ layers, parameters, macs, inputs, outputs, bytes: size }: ModelFacts): string {
  const forms = (all: ModelFacts['inputs']): string =>
    all.map(({ name, shape: dims }) => `${prose(name, 40)} ${prose(shape(dims))}`).join(', ');
  return bullets([
    `${layers.length} layers, ${count(parameters)} parameters${macs === null ? '' : `, ${count(macs)} multiply-adds`}${size ? `, ${bytes(size)}` : ''}`,
    inputs.length > 0 && `input: ${forms(inputs.slice(0, 4))}`,
    outputs.length > 0 && `output: ${forms(outputs.slice(0, 4))}`,
  ]);
}

/** Why one model's answers can't be compared with another's; undefined where they can be. The first dimension is the number of pictures. */
function differs(teacher: ModelFacts, pupil: ModelFacts): string | undefined {
  if (teacher.outputs.length !== pupil.outputs.length) return `${teacher.outputs.length} outputs, not ${pupil.outputs.length}`;
  const unlike = teacher.outputs.findIndex(({ shape: theirs }, i) => {
    const ours = pupil.outputs[i]!.shape;
    return theirs && ours && (theirs.length !== ours.length || theirs.some((size, at) => at > 0 && isOther(size, ours[at])));
  });
  return unlike < 0 ? undefined : `output ${shape(teacher.outputs[unlike]!.shape)}, not ${shape(pupil.outputs[unlike]!.shape)}`;
}

const isOther = (a: unknown, b: unknown): boolean => typeof a === 'number' && typeof b === 'number' && a !== b;
