import { Option, type Command } from 'commander';
import type { TSchema } from '@sinclair/typebox';
import { dataSource, inputSettings, trainingSource } from '../../engine/data/source.ts';
import { fullDescription } from '../../engine/recipe/describe.ts';
import type { DataUse } from '../../engine/recipe/types.ts';
import { wrongCall } from '../failure.ts';
import { leavesOf, setLeaf } from './leaves.ts';
import { readValue } from './value.ts';

type Values = Record<string, unknown>;

/** `data` of a recipe, as far as options gave it. */
export interface GivenData {
  input?: Values;
  sources: Partial<Record<DataUse, Values>>;
}

const descriptions: Readonly<Record<DataUse, string>> = {
  train: 'pictures to learn from',
  validation: 'pictures that choices look at',
  calibration: 'pictures to take the ranges of activations from',
  test: 'pictures for the figures',
};

const sourceGroup = 'Pictures (--labels and its like belong to the nearest of these before them, or to all when none stands before):';
const inputGroup = 'How a picture becomes the input (from the model itself where it says so):';

/**
 * Adds the data options to a command, for the uses it has, and returns what reads them after parsing. Their order on the command line
 * counts, which is why they are collected as they come. `learns`: the command trains, so its training pictures can be augmented.
 */
export function dataOptions(command: Command, uses: readonly DataUse[], learns = false): () => GivenData {
  const given: { key: string; path: readonly string[]; text: string }[] = [];
  const add = (flags: string, description: string, key: string, path: readonly string[], group: string): void => {
    const option = new Option(flags, description).argParser((text: string) => {
      given.push({ key, path, text });
      return text;
    });
    command.addOption(option.helpGroup(group));
  };
  for (const use of uses) add(`--${use} <path>`, descriptions[use], 'source', [use], sourceGroup);
  for (const leaf of leavesOf(dataSource)) {
    if (leaf.path[0] === 'path') continue;
    const nested = leaf.path.length > 1;
    add(`--${leaf.path.join('.')} <value>`, nested ? '' : textOf(leaf.schema), 'detail', leaf.path, sourceGroup);
  }
  if (learns) {
    const { augment } = trainingSource.properties;
    add(
      '--augment <list>',
      `${textOf(augment).split('.')[0]}, of --train: flip,crop or "flip, crop: { padding: 4 }"`,
      'train',
      ['augment'],
      sourceGroup,
    );
  }
  for (const leaf of leavesOf(inputSettings)) {
    add(`--${leaf.path.join('.')} <value>`, leaf.path.length > 1 ? '' : textOf(leaf.schema), 'input', leaf.path, inputGroup);
  }
  hideNested(command);
  return () => assign(given);
}

export const textOf = (schema: TSchema): string => fullDescription(schema).replace(/\.$/, '');

/** Keys inside a map are options too, but a help that lists all of them is no help. */
function hideNested(command: Command): void {
  for (const option of command.options) if (option.long?.includes('.')) option.hideHelp();
}

function assign(given: readonly { key: string; path: readonly string[]; text: string }[]): GivenData {
  const data: GivenData = { sources: {} };
  const forAll: Values = {};
  let nearest: Values | undefined;
  /** Said of the training pictures wherever it stands. */
  let training: Values | undefined;
  for (const { key, path, text } of given) {
    if (key === 'source') {
      nearest = { path: text };
      data.sources[path[0] as DataUse] = nearest;
    } else if (key === 'train') training = { ...training, [path[0]!]: valueOf(trainingSource, path, text) };
    else if (key === 'detail') setLeaf(nearest ?? forAll, path, valueOf(dataSource, path, text));
    else setLeaf((data.input ??= {}), path, valueOf(inputSettings, path, text));
  }
  for (const source of Object.values(data.sources))
    for (const [key, value] of Object.entries(forAll)) source[key] ??= structuredClone(value);
  if (training) {
    if (!data.sources.train)
      throw wrongCall(
        'no-data',
        `--${Object.keys(training)[0]} says something of training pictures, and none are given`,
        'Give --train as well.',
      );
    Object.assign(data.sources.train, training);
  }
  if (Object.keys(forAll).length && Object.keys(data.sources).length === 0) {
    throw wrongCall(
      'no-data',
      `--${Object.keys(forAll)[0]} says something of pictures, and none are given`,
      'Give --calibration or --test as well.',
    );
  }
  return data;
}

function valueOf(declaration: Parameters<typeof leavesOf>[0], path: readonly string[], text: string): unknown {
  const schema = leavesOf(declaration).find((leaf) => leaf.path.join('.') === path.join('.'))!.schema;
  return optionValue(`--${path.join('.')}`, schema, text);
}

/** The value of an option's text; a wrong one is a LatheError that names the option. */
export function optionValue(option: string, schema: TSchema, text: string): unknown {
  const { value, issues } = readValue(schema, text);
  const [first] = issues;
  if (first) throw wrongCall('option-value', first.message.replace(/^the recipe/, option));
  return value;
}
