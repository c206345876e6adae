import path from 'node:path';
import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { newModelSettings, type NewModelSettings } from '../architectures/settings.ts';
import { modelInputSetting, perChannelSetting } from './chain.ts';
import type { Issue, Path } from './check.ts';
import { fillDefaults } from './defaults.ts';
import type { Recipe, RecipeStep, ResolvedModel } from './types.ts';

/** One entry of `models`: a file, or a new, untrained network. */
export function modelsSchema(file: TSchema, strict: (schema: TObject) => TObject): TSchema {
  const stored = Type.Object(
    { model: file, input: modelInputSetting(strict), 'per-channel': perChannelSetting },
    { additionalProperties: false, title: 'a model that there is' },
  );
  const { required: _, ...rest } = newModelSettings as TObject;
  const made = { ...rest, required: ['new'], additionalProperties: false, title: 'a new model' } as TSchema;
  return Type.Record(Type.String(), Type.Union([stored, made]), {
    description:
      'Several models instead of `model`, by names of their own: steps say which one they are `on`. The last step decides which is measured before and after.',
    examples: [{ teacher: { model: 'resnet56.onnx' }, student: { new: 'resnet20', width: 0.5 } }],
  });
}

/** Which model a step works on. */
export const onSetting = Type.Optional(
  Type.String({
    minLength: 1,
    description:
      'Name of the model of `models` that the step works on. Needed where there are several that are no chain; of a chain the step then works on that model within it.',
  }),
);

/** What a model may be called. */
export const modelName = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u;

/** A recipe has one model or names several. `root`: what stands there, as written; `found`: what is known to be wrong. */
export function checkModels(root: Readonly<Record<string, unknown>>, found: readonly Issue[]): Issue[] {
  const { model, models } = root;
  const error = (path: Path, at: Issue['at'], code: string, message: string): Issue => ({ path, at, severity: 'error', code, message });
  const isMisspelt = found.some(({ path, code, fix }) => (path.length ? fix === 'model' || fix === 'models' : code === 'recipe.type'));
  if (model === undefined && models === undefined) {
    return isMisspelt ? [] : [error([], 'value', 'recipe.missing-key', 'the recipe needs "model" (a path), or "models" for several')];
  }
  if (models === undefined) return [];
  if (model !== undefined) return [error(['models'], 'key', 'recipe.models', 'a recipe has one `model` or several `models`, not both')];
  if (typeof models !== 'object' || models === null) return [];
  const aliases = Object.keys(models);
  if (aliases.length === 0) return [error(['models'], 'key', 'recipe.models', '`models` names no model')];
  return aliases
    .filter((alias) => !modelName.test(alias))
    .map((alias) => {
      const message = `a model is named by letters, digits, - and _, at most 64, not ${JSON.stringify(alias.slice(0, 80))}`;
      return error(['models', alias], 'key', 'recipe.models', message);
    });
}

/** The models of a recipe by alias, as they are to be had; undefined for a recipe of one model. */
export function resolveModels({ models, seed = 0 }: Recipe, folder: string): Record<string, ResolvedModel> | undefined {
  if (!models) return undefined;
  const entries = Object.entries(models).map(([alias, entry]): [string, ResolvedModel] =>
    'model' in entry
      ? [alias, { model: path.resolve(folder, entry.model) }]
      : [alias, { seed, ...(fillDefaults(newModelSettings, entry) as NewModelSettings) }],
  );
  return Object.fromEntries(entries);
}

/** Alias of the model that a step works on, "" in a recipe of one model and for a chain as a whole; undefined where the recipe does not say, or names none that it has. */
export function stepAlias(recipe: Recipe, entry: RecipeStep): string | undefined {
  const on = Object.values(entry)[0]?.['on'];
  const aliases = Object.keys(recipe.models ?? {});
  if (recipe.models === undefined) return on === undefined ? '' : undefined;
  if (on === undefined && recipe.chain) return '';
  if (on === undefined) return aliases.length === 1 ? aliases[0] : undefined;
  return aliases.find((alias) => alias === on);
}

/** A pattern of `layers` without the alias before it, and that alias. Colons of names mean nothing where no model is called so. */
export function splitPattern(pattern: string, aliases: readonly string[]): { alias?: string; pattern: string } {
  const alias = aliases.find((one) => pattern.startsWith(`${one}:`));
  return alias === undefined ? { pattern } : { alias, pattern: pattern.slice(alias.length + 1) };
}

/** The model whose figures a run gives: that of the last step, or the last one. */
export function mainAlias({ models, steps }: { models?: Readonly<Record<string, unknown>>; steps: readonly { on?: string }[] }): string | undefined {
  return steps.at(-1)?.on ?? Object.keys(models ?? {}).at(-1);
} // prettier-ignore
