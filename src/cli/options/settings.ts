import { Option, type Command } from 'commander';
import type { TSchema } from '@sinclair/typebox';
import type { StepDeclaration } from '../../engine/base/declaration.ts';
import { branches, describe, literals, valueDescription } from '../../engine/recipe/describe.ts';
import { optionValue, textOf } from './data.ts';
import { isBoolean, leavesOf, setLeaf } from './leaves.ts';

/**
 * Adds every key of a step's declaration to a command as an option, and returns what reads them after parsing: `--weights 4`,
 * `--finetune.epochs 3`, `--equalize` and `--no-equalize`, lists by comma.
 */
export function settingOptions(command: Command, step: StepDeclaration): () => Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const group = `What the step does (as in a recipe's \`${step.name}:\`):`;
  for (const { path, schema } of leavesOf(step.parameters)) {
    const name = path.join('.');
    const set = (value: unknown): void => setLeaf(settings, path, value);
    const description = describeOption(schema);
    const take = (text: string): string => {
      set(optionValue(`--${name}`, schema, text));
      return text;
    };
    const options = isBoolean(schema)
      ? [new Option(`--${name}`, description), new Option(`--no-${name}`, '').hideHelp()]
      : [new Option(`--${name} <value>`, description).argParser(take)];
    for (const option of options) command.addOption(path.length > 1 ? option.hideHelp() : option.helpGroup(group));
    if (isBoolean(schema)) {
      command.on(`option:${name}`, () => set(true));
      command.on(`option:no-${name}`, () => set(false));
    }
  }
  return () => settings;
}

/** The declaration's words, the values to choose from, and its default. */
function describeOption(schema: TSchema): string {
  const standard: unknown = schema['default'];
  const shown = Array.isArray(standard) ? (standard.length ? standard.join(',') : undefined) : standard;
  if (isBoolean(schema)) return `${textOf(schema)}${shown ? '; on, --no-… turns it off' : ''}`;
  const preset = shown === undefined ? '' : `; default ${String(shown)}`;
  return `${textOf(schema)}${choices(schema)}${preset}`;
}

function choices(schema: TSchema): string {
  const words = literals(schema);
  const onlyWords = words.length > 1 && branches(schema).every((branch) => literals(branch).length > 0);
  // Values with words of their own are listed by them.
  if (words.length && words.every((word) => valueDescription(schema, word))) return '';
  if (onlyWords) return ` (${words.map(String).join(', ')})`;
  const ranged = branches(schema).some((branch) => branch['minimum'] !== undefined && branch['maximum'] !== undefined);
  return ranged ? ` (${describe(schema)})` : '';
}
